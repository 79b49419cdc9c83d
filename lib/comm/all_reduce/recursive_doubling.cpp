#include "tutti/comm/all_reduce/recursive_doubling.h"

#include "comm/all_reduce/binary_blocks.h"
#include "tutti/comm/block_math.h"

namespace tutti::algorithms {

void recursive_doubling_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                                   const Stream& stream) {
  const BinaryBlocks groups(communicator.size());
  const int k = groups.group_of(communicator.rank());
  const auto [first, size] = groups[k];
  const int member = communicator.rank() - first;
  const Scratch room = communicator.scratch(data);
  const Block theirs = room.block;

  for (int distance = 1; distance < size; distance *= 2) {
    int peer = first + (member ^ distance);
    communicator.exchange({send_to(peer, data), receive_from(peer, theirs)}, stream);
    bool upper = member & distance;
    bool last = groups.count() == 1 && 2 * distance == size;
    combine(stream, data, upper ? theirs : data, upper ? data : theirs, op.kind,
            last ? op.divisor : 1);
  }
  if (groups.count() == 1) return;

  if (k + 1 < groups.count()) {
    const RankGroup& next = groups[k + 1];
    communicator.exchange({receive_from(next.first + member % next.size, theirs)}, stream);
    combine(stream, data, data, theirs, op.kind, k == 0 ? op.divisor : 1);
  }
  std::vector<Transfer> transfers;
  if (k > 0) {
    for (int m = member; m < groups[k - 1].size; m += size)
      transfers.push_back(send_to(groups[k - 1].first + m, data));
    communicator.transport().exchange(transfers, stream);
    communicator.exchange({receive_from(member, data)}, stream);
  } else {
    for (int g = 1; g < groups.count(); ++g)
      if (member < groups[g].size) transfers.push_back(send_to(groups[g].first + member, data));
    communicator.transport().exchange(transfers, stream);
  }
}

int recursive_doubling_steps(const Problem& problem) {
  const BinaryBlocks groups(problem.ranks);
  return groups.steps_to_total() + (groups.count() > 1);
}

std::size_t recursive_doubling_bytes(const Problem& problem) {
  const BinaryBlocks groups(problem.ranks);
  int copies = groups[0].levels() + groups.count() - 1;
  for (int k = 1; k < groups.count(); ++k)
    copies = std::max(copies, groups[k].levels() + groups[k - 1].size / groups[k].size);
  return copies * problem.bytes();
}

}  // namespace tutti::algorithms
