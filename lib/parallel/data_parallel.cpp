#include "tutti/parallel/data_parallel.h"

#include "tutti/comm/all_gather.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/device_communicator.h"

namespace tutti::parallel {

void broadcast_values(Communicator& communicator, const nn::Module& module) {
  auto values = module.parameters();
  for (auto& buffer : module.buffers()) values.push_back(std::move(buffer));
  if (values.empty()) return;
  Communicator group = with_device(communicator, values[0].device());
  for (const Parameter& parameter : values) {
    const Tensor& value = parameter.value();
    broadcast(group, value.block(), 0, &value.device().stream());
  }
}

Sha256::Digest agreed_digest(Communicator& communicator, const nn::Module& module) {
  Sha256::Digest mine = module.digest();
  auto ranks = static_cast<std::size_t>(communicator.size());
  std::vector<std::uint8_t> all(ranks * mine.size());
  all_gather(communicator, block_of(mine.data(), mine.size()), block_of(all.data(), all.size()));
  for (std::size_t r = 1; r < ranks; ++r)
    if (!std::equal(mine.size() * r + all.begin(), mine.size() * (r + 1) + all.begin(),
                    all.begin()))
      raise("agreed_digest: rank ", r,
            " holds other weights than rank 0; were parameters changed on "
            "one rank only?");
  return mine;
}

}  // namespace tutti::parallel
