#include "tutti/parallel/data_parallel.h"

#include <sstream>

#include "tutti/comm/all_gather.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/device_communicator.h"

namespace tutti::parallel {

void broadcast_values(Communicator& communicator, const nn::Module& module,
                      std::source_location site) {
  auto values = module.parameters();
  for (auto& buffer : module.buffers()) values.push_back(std::move(buffer));
  if (values.empty()) return;
  Communicator group = with_device(communicator, values[0].device());
  for (const Parameter& parameter : values) {
    const Tensor& value = parameter.value();
    broadcast(group, value.block(), 0, {&value.device().stream(), "parameters"}, site);
  }
  auto seed = static_cast<std::int64_t>(module.seed());
  broadcast(communicator, block_of(&seed, 1), 0, {.label = "seed"}, site);
  nn::Module handle = module;
  if (static_cast<std::uint64_t>(seed) != module.seed())
    handle.set_seed(static_cast<std::uint64_t>(seed));
}

namespace {

Sha256::Digest digest_of(const std::string& text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  return hash.finish();
}

// The first rank whose digest differs from rank 0's; 0 where none does. Collective.
int first_that_differs(Communicator& communicator, const Sha256::Digest& mine,
                       const CallLabel& label, const std::source_location& site) {
  auto ranks = static_cast<std::size_t>(communicator.size());
  std::vector<std::uint8_t> all(ranks * mine.size());
  all_gather(communicator, block_of(mine.data(), mine.size()), block_of(all.data(), all.size()),
             {.label = label}, site);
  for (std::size_t r = 1; r < ranks; ++r)
    if (!std::equal(mine.size() * r + all.begin(), mine.size() * (r + 1) + all.begin(),
                    all.begin()))
      return static_cast<int>(r);
  return 0;
}

// What `mine` is on rank `root`. Collective.
std::string text_of(Communicator& communicator, std::string mine, int root,
                    const std::source_location& site) {
  auto size = static_cast<std::int64_t>(mine.size());
  broadcast(communicator, block_of(&size, 1), root, {.label = "DataParallel"}, site);
  mine.resize(static_cast<std::size_t>(size));
  broadcast(communicator, block_of(reinterpret_cast<std::uint8_t*>(mine.data()), mine.size()), root,
            {.label = "DataParallel"}, site);
  return mine;
}

// One line for each thing that ranks must agree on.
std::string description(const nn::Module& module, const DataParallelOptions& options) {
  std::string lines = text(
      "options .shards = ", options.shards, ", .placement = ", static_cast<int>(options.placement),
      ", .bucket_bytes = ", options.bucket_bytes, ", .algorithm = \"", options.algorithm,
      "\", .order = ", static_cast<int>(options.order), ", .check_every = ", options.check_every,
      ", .compare_updates = ", options.compare_updates, '\n');
  for (const Parameter& parameter : module.parameters())
    lines += text('"', parameter.path, "\" ", parameter.shape(), " of ", parameter.dtype(), " on ",
                  parameter.device().is_cpu() ? "cpu" : "a GPU", '\n');
  for (const nn::Statistic& statistic : module.statistics())
    lines += text("the running statistic \"", statistic.path, "\" ", statistic.shape(), " of ",
                  statistic.dtype(), ", momentum ", statistic.momentum, '\n');
  return lines;
}

}  // namespace

void require_agreement(Communicator& communicator, const nn::Module& module,
                       const DataParallelOptions& options, std::source_location site) {
  const std::string mine = description(module, options);
  const int rank = first_that_differs(communicator, digest_of(mine), "DataParallel", site);
  if (rank == 0) return;
  std::istringstream first(text_of(communicator, mine, 0, site)),
      other(text_of(communicator, mine, rank, site));
  std::string expected, found;
  do {
    for (auto [lines, line] : {std::pair(&first, &expected), std::pair(&other, &found)})
      if (!std::getline(*lines, *line)) *line = "no further parameter";
  } while (expected == found);
  raise("DataParallel of ", module.type(), ": rank ", rank, " has ", found, ", rank 0 has ",
        expected,
        "; expected the same parameters, in one order, and the same options on all ranks");
}

Sha256::Digest agreed_digest(Communicator& communicator, const nn::Module& module,
                             std::source_location site) {
  Sha256::Digest mine = module.digest();
  if (int rank = first_that_differs(communicator, mine, "agreed_digest", site))
    raise("agreed_digest: rank ", rank,
          " holds other weights than rank 0; were parameters changed on one rank only?");
  return mine;
}

}  // namespace tutti::parallel
