#include "tutti/comm/all_reduce/cross_memory.h"

#include "comm/node/cross_memory.h"
#include "comm/node/node.h"
#include "comm/node/shares.h"
#include "comm/reduce_many.h"

namespace tutti::algorithms {
namespace {

// Of all members' inputs together: what a core's own cache holds beside the result. Fewer and
// larger copies would each cost less in the kernel, but the result would come back from memory.
constexpr std::size_t scratch_bytes = 256 << 10, least_piece = 4 << 10;

std::size_t piece_elements(Dtype dtype, int members) {
  const std::size_t piece = scratch_bytes / static_cast<std::size_t>(members - 1) / 64 * 64;
  return std::max(piece, least_piece) / size_of(dtype);
}

void reduce_share(NodeMemory& node, CrossMemory& blocks, Block in, Block out, const ReduceOp& op) {
  const int me = node.me();
  const auto members = static_cast<std::size_t>(node.members());
  const ElementRange share = line_share(in.count, in.dtype, me, node.members());
  const std::size_t piece = std::min(piece_elements(in.dtype, node.members()), share.count());
  std::byte* const rooms = node.scratch(piece * (members - 1) * size_of(in.dtype));
  const std::byte* inputs[NodeMemory::max_members];
  for (std::size_t begin = share.begin; begin < share.end; begin += piece) {
    const std::size_t end = std::min(begin + piece, share.end);
    const Block mine = in.slice(begin, end), result = out.slice(begin, end);
    const std::size_t offset = begin * size_of(in.dtype);
    std::byte* room = rooms;
    for (int k = 0; k < node.members(); ++k) {
      inputs[k] = static_cast<std::byte*>(mine.data);
      if (k == me) continue;
      blocks.fetch(k, offset, room, mine.bytes());
      inputs[k] = room;
      room += mine.bytes();
    }
    std::byte* const outputs[] = {static_cast<std::byte*>(result.data)};
    reduce_many({{inputs, members}, in.dtype, outputs, out.dtype, mine.count}, op.kind, op.divisor,
                Stores::ordinary);
    for (std::size_t step = 1; step < members; ++step)
      blocks.store(static_cast<int>((static_cast<std::size_t>(me) + step) % members), offset,
                   outputs[0], result.bytes());
  }
}

}  // namespace

void cross_memory_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                             const ReduceOp& op, const Stream&) {
  NodeMemory& node = *communicator.transport().node();
  CrossMemory blocks(node, in.data, out.data);
  try {
    node.meet();
    reduce_share(node, blocks, in, out, op);
    node.meet();
  } catch (...) {
    blocks.withdraw();
    throw;
  }
}

bool cross_memory_fits(const Problem& problem) {
  return problem.in_one_node() && problem.layout.cross_memory && problem.memory == Memory::heap;
}

int cross_memory_steps(const Problem&) {
  return 2;
}

std::size_t cross_memory_bytes(const Problem& problem) {
  const std::size_t most = longest_line_share(problem.count, problem.dtype, problem.ranks);
  return most * static_cast<std::size_t>(problem.ranks - 1) * size_of(problem.dtype);
}

}  // namespace tutti::algorithms
