#include "tutti/comm/all_reduce/direct.h"

#include <algorithm>

#include "comm/node/node.h"
#include "comm/node/shares.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// Up to here the lines of the others' outputs, which in place are their inputs, are fetched for
// writing at once, not for reading first and for writing then.
constexpr std::size_t taken_ahead = 2 << 10;
// From here a result that is not written over its input leaves the caches before anybody reads it;
// an ordinary store would fetch each of its lines in vain.
constexpr std::size_t result_streams_from = 16 << 20;

SymmetricPlace place_of(NodeMemory& node, const Communicator& communicator, Block block) {
  SymmetricPlace place = node.place(block.data, block.bytes());
  if (!place.area)
    raise(communicator.label("all_reduce"),
          ": found a block outside this communicator's symmetric memory, expected one inside for "
          "algorithm \"direct\"; see symmetric_buffer()");
  return place;
}

}  // namespace

void direct_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                       const ReduceOp& op, const Stream&) {
  NodeMemory& node = *communicator.transport().node();
  const SymmetricPlace from = place_of(node, communicator, in);
  const SymmetricPlace to = in.data == out.data ? from : place_of(node, communicator, out);
  const ElementRange share = line_share(in.count, in.dtype, node.me(), node.members());
  const std::size_t offset = share.begin * size_of(in.dtype), members = node.members();
  const std::byte* inputs[NodeMemory::max_members];
  std::byte* outputs[NodeMemory::max_members];
  for (int k = 0; k < node.members(); ++k) {
    inputs[k] = from.at(k) + offset;
    // Each rank starts with its own output, so that they do not all write to one.
    outputs[k] = to.at((node.me() + k) % node.members()) + offset;
  }
  const std::size_t streams_from =
      in.data == out.data
          ? communicator.cost_model().direct_streams_from
          : std::min(communicator.cost_model().direct_streams_from, result_streams_from);
  const Stores stores = in.bytes() >= streams_from ? Stores::streaming : Stores::ordinary;
  node.meet();
  if (const std::size_t bytes = share.count() * size_of(out.dtype); bytes <= taken_ahead)
    for (std::size_t k = 1; k < members; ++k) take_back(outputs[k], bytes);
  reduce_many({{inputs, members}, in.dtype, {outputs, members}, out.dtype, share.count()}, op.kind,
              op.divisor, stores);
  if (stores == Stores::streaming) streaming_fence();
  node.meet();
}

bool direct_fits(const Problem& problem) {
  return problem.in_one_node() && problem.memory == Memory::symmetric;
}

int direct_steps(const Problem&) {
  return 2;
}

std::size_t direct_bytes(const Problem& problem) {
  const std::size_t most = longest_line_share(problem.count, problem.dtype, problem.ranks);
  return most * problem.ranks * size_of(problem.dtype);
}

}  // namespace tutti::algorithms
