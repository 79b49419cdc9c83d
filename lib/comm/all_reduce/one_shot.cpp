#include "tutti/comm/all_reduce/one_shot.h"

#include <cstring>
#include <new>

#include "comm/node/node.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// What fits shares the flag's line.
constexpr std::size_t beside_flag = 64 - sizeof(Word);

std::size_t payload_offset(std::size_t bytes) {
  return bytes <= beside_flag ? sizeof(Word) : 64;
}

}  // namespace

// Two slots take turns: who has seen all flags of a round knows that all have read the round
// before.
void one_shot_all_reduce(Communicator& communicator, Block in, Block out, ReduceOp op,
                         const Stream&) {
  Node& node = *communicator.transport().node();
  const unsigned parity = node.one_shots++;
  const std::size_t bytes = in.bytes(), offset = payload_offset(bytes);
  const auto flag_of = [&](int k) -> Word& {
    return *std::launder(reinterpret_cast<Word*>(node.slot(k, parity)));
  };
  if (bytes >= communicator.cost_model().one_shot_streams_from) {
    streaming_copy(node.slot(node.me(), parity) + offset, in.data, bytes);
    streaming_fence();
  } else {
    std::memcpy(node.slot(node.me(), parity) + offset, in.data, bytes);
  }
  node.publish(flag_of(node.me()), node.flag());
  // The next slot's line, which the others have read, comes while they come.
  __builtin_prefetch(node.slot(node.me(), parity + 1), 1);

  const std::byte* inputs[Node::max_members];
  for (int k = 0; k < node.members(); ++k) {
    inputs[k] = static_cast<const std::byte*>(in.data);
    if (k == node.me()) continue;
    inputs[k] = node.slot(k, parity) + offset;
    node.wait_for_flag(flag_of(k), k);
  }
  std::byte* outputs[] = {static_cast<std::byte*>(out.data)};
  const auto members = static_cast<std::size_t>(node.members());
  reduce_many({{inputs, members}, in.dtype, outputs, out.dtype, in.count}, op.kind, op.divisor,
              Stores::ordinary);
}

bool one_shot_fits(const Problem& problem) {
  return problem.in_one_node() && problem.bytes() <= Node::slot_bytes - 64;
}

int one_shot_steps(const Problem&) {
  return 1;
}

std::size_t one_shot_bytes(const Problem& problem) {
  return problem.bytes();
}

}  // namespace tutti::algorithms
