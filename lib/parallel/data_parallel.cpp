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
  auto seed = static_cast<std::int64_t>(module.seed());
  broadcast(communicator, block_of(&seed, 1), 0);
  nn::Module handle = module;
  if (static_cast<std::uint64_t>(seed) != module.seed())
    handle.set_seed(static_cast<std::uint64_t>(seed));
}

namespace {

// The first rank whose digest differs from rank 0's; 0 where none does. Collective.
int first_that_differs(Communicator& communicator, const Sha256::Digest& mine) {
  auto ranks = static_cast<std::size_t>(communicator.size());
  std::vector<std::uint8_t> all(ranks * mine.size());
  all_gather(communicator, block_of(mine.data(), mine.size()), block_of(all.data(), all.size()));
  for (std::size_t r = 1; r < ranks; ++r)
    if (!std::equal(mine.size() * r + all.begin(), mine.size() * (r + 1) + all.begin(),
                    all.begin()))
      return static_cast<int>(r);
  return 0;
}

}  // namespace

void require_agreement(Communicator& communicator, const nn::Module& module,
                       const DataParallelOptions& options) {
  std::string wrapped =
      text(options.shards, static_cast<int>(options.placement), ' ', options.bucket_bytes,
           options.algorithm, static_cast<int>(options.order));
  for (const Parameter& parameter : module.parameters())
    wrapped += text(' ', parameter.path, parameter.shape(), parameter.dtype());
  Sha256 hash;
  hash.update(wrapped.data(), wrapped.size());
  if (int rank = first_that_differs(communicator, hash.finish()))
    raise("DataParallel: rank ", rank,
          " wraps other parameters than rank 0, or with other options; expected the same paths, "
          "shapes, dtypes, shards, placement, bucket_bytes, algorithm and order on all ranks; this "
          "rank has ",
          module.parameters().size(), " parameters and options.shards ", options.shards);
}

Sha256::Digest agreed_digest(Communicator& communicator, const nn::Module& module) {
  Sha256::Digest mine = module.digest();
  if (int rank = first_that_differs(communicator, mine))
    raise("agreed_digest: rank ", rank,
          " holds other weights than rank 0; were parameters changed on one rank only?");
  return mine;
}

}  // namespace tutti::parallel
