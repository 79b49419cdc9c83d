#include "tutti/comm/all_reduce/binomial_tree.h"

#include "comm/binomial.h"
#include "tutti/comm/block_math.h"

namespace tutti::algorithms {

void binomial_tree_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                              const Stream& stream) {
  const int rank = communicator.rank(), ranks = communicator.size();
  {
    Block like = data;
    like.count = rank % 2 ? 0 : data.count;  // odd ranks are leaves: they only send
    const Scratch theirs = communicator.scratch(like);
    for (int distance = 1; distance < ranks; distance *= 2) {
      if (rank % (2 * distance) == distance) {
        communicator.exchange({send_to(rank - distance, data)}, stream);
        break;
      }
      if (rank + distance >= ranks) continue;
      communicator.exchange({receive_from(rank + distance, theirs.block)}, stream);
      bool last = rank == 0 && 2 * distance >= ranks;
      combine(stream, data, data, theirs.block, op.kind, last ? op.divisor : 1);
    }
  }
  binomial_broadcast(communicator, data, 0, stream);
}

int binomial_tree_steps(const Problem& problem) {
  return 2 * binomial_levels(problem.ranks);
}

std::size_t binomial_tree_bytes(const Problem& problem) {
  return binomial_levels(problem.ranks) * problem.bytes();
}

}  // namespace tutti::algorithms
