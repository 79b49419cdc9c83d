#include "tutti/comm/all_reduce/ring.h"

#include <algorithm>

#include "tutti/comm/block_math.h"
#include "tutti/comm/share.h"

namespace tutti::algorithms {
namespace {

// Small enough for a sum to find in the cache what has just come, and for MPI to take the next
// slice while this one is added.
constexpr std::size_t slice_bytes = 64 << 10;
// Every slice is a point at which neighbours wait for each other.
constexpr std::size_t most_slices = 8;

// Of a chunk; the same for all chunks.
int slices_of(std::size_t count, int ranks, Dtype dtype) {
  const std::size_t chunk = (count / static_cast<std::size_t>(ranks) + 1) * size_of(dtype);
  return static_cast<int>(std::min((chunk + slice_bytes - 1) / slice_bytes, most_slices));
}

}  // namespace

void ring_all_reduce(Communicator& communicator, Block data, ReduceOp op, const Stream& stream) {
  const int rank = communicator.rank(), ranks = communicator.size();
  const int next = (rank + 1) % ranks, previous = (rank - 1 + ranks) % ranks;
  auto chunk = [&](int i) { return share(data, (i % ranks + ranks) % ranks, ranks); };
  const int slices = slices_of(data.count, ranks, data.dtype);
  Block like = data;
  like.count = (data.count / ranks + 1) / slices + 1;
  const Scratch room = communicator.scratch(like);

  for (int step = 0; step + 1 < ranks; ++step)
    for (int k = 0; k < slices; ++k) {
      const Block mine = share(chunk(rank - step), k, slices);
      const Block sum = share(chunk(rank - step - 1), k, slices);
      const Block theirs = room.block.slice(0, sum.count);
      communicator.exchange({send_to(next, mine), receive_from(previous, theirs)}, stream);
      combine(stream, sum, theirs, sum, op.kind, step + 2 == ranks ? op.divisor : 1);
    }
  for (int step = 0; step + 1 < ranks; ++step)
    communicator.exchange(
        {send_to(next, chunk(rank + 1 - step)), receive_from(previous, chunk(rank - step))},
        stream);
}

int ring_steps(const Problem& problem) {
  return (problem.ranks - 1) * (slices_of(problem.count, problem.ranks, problem.dtype) + 1);
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
