#include "tutti/comm/all_reduce/ring.h"

#include "tutti/comm/block_math.h"
#include "tutti/comm/share.h"

namespace tutti::algorithms {

void ring_all_reduce(Communicator& communicator, Block data, ReduceOp op, const Stream& stream) {
  const int rank = communicator.rank(), ranks = communicator.size();
  const int next = (rank + 1) % ranks, previous = (rank - 1 + ranks) % ranks;
  auto chunk = [&](int i) { return share(data, (i % ranks + ranks) % ranks, ranks); };
  Block like = data;
  like.count = data.count / ranks + 1;
  const Scratch room = communicator.scratch(like);

  for (int step = 0; step + 1 < ranks; ++step) {
    Block sum = chunk(rank - step - 1), theirs = room.block.slice(0, sum.count);
    communicator.exchange({send_to(next, chunk(rank - step)), receive_from(previous, theirs)},
                          stream);
    combine(stream, sum, theirs, sum, op.kind, step + 2 == ranks ? op.divisor : 1);
  }
  for (int step = 0; step + 1 < ranks; ++step)
    communicator.exchange(
        {send_to(next, chunk(rank + 1 - step)), receive_from(previous, chunk(rank - step))},
        stream);
}

int ring_steps(const Problem& problem) {
  return 2 * (problem.ranks - 1);
}

std::size_t ring_bytes(const Problem& problem) {
  // Every rank sends all chunks twice, but for two neighbouring ones that it sends once.
  Block all{nullptr, problem.count, Dtype::u8};
  std::size_t spared = 2 * problem.count;
  for (int i = 0; i < problem.ranks; ++i)
    spared = std::min(spared, share(all, i, problem.ranks).count +
                                  share(all, (i + 1) % problem.ranks, problem.ranks).count);
  return (2 * problem.count - spared) * size_of(problem.dtype);
}

}  // namespace tutti::algorithms
