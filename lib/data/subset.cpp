#include "tutti/data/subset.h"

#include <utility>

#include "tutti/data/sampler.h"

namespace tutti::data {

Subset::Subset(const Dataset& whole, std::vector<std::int64_t> indices)
    : Dataset(whole.device()), whole_(whole), indices_(std::move(indices)) {
  if (indices_.empty()) raise("data::Subset: found no indices, expected one or more");
  const std::int64_t count = whole_.size();
  for (std::size_t i = 0; i < indices_.size(); ++i)
    if (indices_[i] < 0 || indices_[i] >= count)
      raise("data::Subset: found index ", indices_[i], " at position ", i, " for a data set of ",
            counted(count, "sample"), ", expected 0 or more and less than that");
}

Batch Subset::batch_in_epoch(std::span<const std::int64_t> indices, std::int64_t epoch) const {
  require_indices(indices);
  std::vector<std::int64_t> places;
  places.reserve(indices.size());
  for (std::int64_t i : indices) places.push_back(indices_[static_cast<std::size_t>(i)]);
  return whole_.batch_in_epoch(places, epoch);
}

std::vector<std::vector<std::int64_t>> random_split(std::int64_t size,
                                                    const std::vector<std::int64_t>& sizes,
                                                    std::uint64_t seed) {
  if (size < 1) raise("data::random_split: found size ", size, ", expected 1 or more");
  std::int64_t left = size;
  for (std::int64_t part : sizes) {
    if (part < 0 || part > left)
      raise("data::random_split: found a part of ", part, " where ", left, " of ",
            counted(size, "sample"), " are left, expected 0 to that");
    left -= part;
  }
  if (left > 0)
    raise("data::random_split: found parts of ", size - left, " samples in all, expected ", size,
          "; add a part of ", left, " for the rest");
  const DistributedSampler sampler(size, {.batch = size, .seed = seed}, 0, 1);
  const std::span<const std::int64_t> order = sampler.shard(0, 0);
  std::vector<std::vector<std::int64_t>> parts;
  auto next = order.begin();
  for (std::int64_t part : sizes) {
    parts.emplace_back(next, next + part);
    next += part;
  }
  return parts;
}

}  // namespace tutti::data
