#include "tutti/comm/all_reduce/one_shot.h"

#include "comm/communicator_state.h"
#include "comm/node/slots.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// Up to here a slot's lines are passed from core to core faster than new ones are written.
constexpr std::size_t small_bytes = 2 << 10;
// Up to here it is faster to ask for a block's lines together with the flag than after it, though
// those that are not written yet are fetched in vain, and taken from who writes them. Not so where
// they are handed over.
const std::size_t fetched_ahead = hands_over ? 0 : 512;

struct Round {
  const SlotRound slots;
  const Block &in, &out;
  const ReduceOp& op;

  NodeMemory& node() const { return slots.node(); }
  const std::byte* mine() const { return static_cast<const std::byte*>(in.data); }
  // Returns when the blocks of all have come; meanwhile fetches the first `ahead` bytes of them.
  void wait_for_all(const std::byte* const* blocks, std::size_t ahead) const {
    slots.wait_for_all(node().one_shot_back_off,
                       [&](int k) { return std::span(blocks[k], ahead); });
  }
};

// A reduction of what has not come yet: all that can be known before is.
class AwaitedReduction {
 public:
  // The block of another member will stand at place_of(member).
  template <class PlaceOf>
  AwaitedReduction(const Round& round, PlaceOf place_of)
      : reduce_(reduction_of(round.in.dtype, round.out.dtype, round.op.kind)),
        divisor_(round.op.divisor),
        output_(static_cast<std::byte*>(round.out.data)),
        blocks_{{inputs_, static_cast<std::size_t>(round.node().members())},
                round.in.dtype,
                {&output_, 1},
                round.out.dtype,
                round.in.count} {
    for (int k = 0; k < round.node().members(); ++k)
      inputs_[k] = k == round.node().me() ? round.mine() : place_of(k);
  }
  AwaitedReduction(const AwaitedReduction&) = delete;
  AwaitedReduction& operator=(const AwaitedReduction&) = delete;

  const std::byte* const* inputs() const { return inputs_; }
  void reduce() const { reduce_(blocks_, divisor_, Stores::ordinary); }

 private:
  const Reduction reduce_;
  const double divisor_;
  std::byte* const output_;
  const std::byte* inputs_[NodeMemory::max_members];
  const ManyBlocks blocks_;
};

void all_reduce_small(const Round& round) {
  const std::size_t bytes = round.in.bytes();
  round.slots.show(round.mine(), bytes);
  const AwaitedReduction blocks(round, [&](int k) { return round.slots.block(k, bytes); });
  const bool ahead = bytes > SlotRound::beside_flag && bytes <= fetched_ahead;
  round.wait_for_all(blocks.inputs(), ahead ? bytes : 0);
  round.slots.take_back(bytes);
  blocks.reduce();
}

void all_reduce_large(const Round& round) {
  NodeMemory& node = round.node();
  const std::size_t bytes = round.in.bytes();
  const bool in_slot = bytes <= SlotRound::most_bytes;
  const std::size_t place = in_slot ? 0 : node.take_room(bytes);
  const auto room_of = [&](int member) {
    return in_slot ? round.slots.block(member, bytes) : node.room(member, place);
  };
  StoreChoice& choice = in_slot ? node.slot_stores : node.room_stores;
  StoreChoice::Exchange exchange = choice.begin(bytes);
  exchange.run([&] {
    copy(exchange.stores(), room_of(node.me()), round.mine(), bytes);
    if (exchange.stores() == Stores::streaming) streaming_fence();
  });
  node.publish(round.slots.line(node.me()).flag, node.flag());
  const AwaitedReduction blocks(round, room_of);
  round.wait_for_all(blocks.inputs(), 0);
  exchange.run([&] { blocks.reduce(); });
  choice.end(exchange);
}

}  // namespace

void one_shot_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                         const ReduceOp& op, const Stream&) {
  NodeMemory& node = *communicator.state().node;
  const Round round{SlotRound(node), in, out, op};
  if (in.bytes() <= small_bytes)
    all_reduce_small(round);
  else
    all_reduce_large(round);
}

bool one_shot_fits(const Problem& problem) {
  return problem.in_one_node() && problem.bytes() <= NodeMemory::chunk_bytes;
}

int one_shot_steps(const Problem&) {
  return 1;
}

std::size_t one_shot_bytes(const Problem& problem) {
  return problem.bytes();
}

}  // namespace tutti::algorithms
