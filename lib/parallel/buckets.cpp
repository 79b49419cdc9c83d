#include "buckets.h"

#include "tutti/comm/symmetric.h"

namespace tutti::parallel {

namespace {

Buffer memory_for(Communicator& communicator, std::size_t bytes, const Device& device, bool shared,
                  const std::source_location& site) {
  return shared && device.is_cpu() ? symmetric_buffer(communicator, bytes, device, site)
                                   : Buffer(bytes, device);
}

}  // namespace

Buckets::Buckets(Communicator& communicator, const std::vector<Parameter>& parameters,
                 std::size_t bucket_bytes, int levels, int shared, const std::source_location& site)
    : bucket_of(parameters.size()), views(static_cast<std::size_t>(levels)) {
  constexpr std::size_t alignment = 64;
  for (auto& level : views) level.resize(parameters.size());
  for (std::size_t last = parameters.size(); last > 0;) {
    const Variable& head = parameters[last - 1];
    const Dtype dtype = accumulator_of(head.dtype());
    Bucket bucket;
    std::vector<std::size_t> offsets;
    std::size_t bytes = 0;
    while (last > 0 && (bytes == 0 || bytes < bucket_bytes)) {
      const Variable& next = parameters[last - 1];
      if (accumulator_of(next.dtype()) != dtype || next.device().id() != head.device().id()) break;
      --last;
      bucket.members.push_back(last);
      bucket_of[last] = list.size();
      offsets.push_back(bytes);
      std::size_t size = static_cast<std::size_t>(next.value().count()) * size_of(dtype);
      bytes += (size + alignment - 1) / alignment * alignment;
    }
    Shape flat{static_cast<std::int64_t>(bytes / size_of(dtype))};
    for (auto& level : views) {
      bool in_shared = &level - views.data() < shared;
      Buffer memory = memory_for(communicator, bytes, head.device(), in_shared, site);
      Tensor whole = Tensor::over(memory, 0, flat, dtype);
      whole.fill(0);  // the gaps between members are summed too
      bucket.levels.push_back(whole);
      for (std::size_t i = 0; i < offsets.size(); ++i) {
        std::size_t member = bucket.members[i];
        level[member] = Tensor::over(memory, offsets[i], parameters[member].shape(), dtype);
      }
    }
    bucket.missing = bucket.members.size();
    list.push_back(std::move(bucket));
  }
}

}  // namespace tutti::parallel
