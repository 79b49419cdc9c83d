#include "tutti/comm/transport.h"

#include <map>

#include "comm/polling_transport.h"

namespace tutti {

void Transport::vendor_all_reduce(Block, const ReduceOp&, const Stream&) {
  raise("all_reduce: the ", name(),
        " transport has no all-reduce of its own, expected mpi or nccl; ",
        "choose another algorithm than vendor");
}

void raise_other_size(int rank, int ranks, int peer, const std::string& found,
                      std::size_t expected) {
  raise("rank ", rank, " of ", ranks, ": found ", found, " bytes from rank ", peer, ", expected ",
        expected, "; both must pass the same count and dtype");
}

std::vector<Position> positions_among(std::span<const Position> all, std::span<const int> members) {
  std::map<int, int> nodes, sizes;  // old node to new, and how many members it has
  std::vector<Position> positions;
  for (int member : members) {
    const int old = all[static_cast<std::size_t>(member)].node;
    const int node = nodes.try_emplace(old, static_cast<int>(nodes.size())).first->second;
    positions.push_back({node, sizes[old]++, 0});
  }
  for (std::size_t i = 0; i < members.size(); ++i)
    positions[i].local_size = sizes[all[static_cast<std::size_t>(members[i])].node];
  return positions;
}

}  // namespace tutti
