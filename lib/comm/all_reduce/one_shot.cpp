#include "tutti/comm/all_reduce/one_shot.h"

#include <cstring>

#include "comm/communicator_state.h"
#include "comm/node/line_hints.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// A slot begins with a line for the flag and a block that fits beside it. A larger block lies
// behind that line, or in a room. The flag is a word that no data ever overwrites.
struct FlaggedLine {
  std::byte data[line_bytes - sizeof(Word)];
  Word flag;
};
static_assert(sizeof(FlaggedLine) == line_bytes);

constexpr std::size_t beside_flag = sizeof(FlaggedLine::data);
constexpr std::size_t behind_flag = NodeMemory::slot_bytes - sizeof(FlaggedLine);
// Up to here a slot's lines are passed from core to core faster than new ones are written.
constexpr std::size_t small_bytes = 2 << 10;
// Up to here it is faster to ask for a block's lines together with the flag than after it, though
// those that are not written yet are fetched in vain, and taken from who writes them. Not so where
// they are handed over.
const std::size_t fetched_ahead = hands_over ? 0 : 512;

FlaggedLine& line_of(NodeMemory& node, int member, unsigned parity) {
  return *reinterpret_cast<FlaggedLine*>(node.slot(member, parity));
}

// memcpy of at most a line: a call of a function costs more than this.
inline void copy_short(std::byte* to, const std::byte* from, std::size_t bytes) {
  const auto both_ends = [&]<std::size_t n>() {
    std::byte first[n], last[n];
    std::memcpy(first, from, n);
    std::memcpy(last, from + bytes - n, n);
    std::memcpy(to, first, n);
    std::memcpy(to + bytes - n, last, n);
  };
  if (bytes >= 32) return both_ends.template operator()<32>();
  if (bytes >= 16) return both_ends.template operator()<16>();
  if (bytes >= 8) return both_ends.template operator()<8>();
  if (bytes >= 4) return both_ends.template operator()<4>();
  for (std::size_t i = 0; i < bytes; ++i) to[i] = from[i];
}

struct Round {
  NodeMemory& node;
  unsigned parity;
  const Block &in, &out;
  const ReduceOp& op;

  FlaggedLine& line(int member) const { return line_of(node, member, parity); }
  const std::byte* mine() const { return static_cast<const std::byte*>(in.data); }
  // Returns when the blocks of all have come; meanwhile fetches the first `ahead` bytes of them.
  void wait_for_all(const std::byte* const* blocks, std::size_t ahead) const {
    node.wait_for_flags(
        node.one_shot_back_off, [&](int k) -> const Word& { return line(k).flag; },
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
        blocks_{{inputs_, static_cast<std::size_t>(round.node.members())},
                round.in.dtype,
                {&output_, 1},
                round.out.dtype,
                round.in.count} {
    for (int k = 0; k < round.node.members(); ++k)
      inputs_[k] = k == round.node.me() ? round.mine() : place_of(k);
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
  NodeMemory& node = round.node;
  const std::size_t bytes = round.in.bytes();
  const bool beside = bytes <= beside_flag;
  const auto block_of = [beside](FlaggedLine& line) {
    return beside ? line.data : reinterpret_cast<std::byte*>(&line + 1);
  };
  FlaggedLine& line = round.line(node.me());
  if (beside)
    copy_short(block_of(line), round.mine(), bytes);
  else
    std::memcpy(block_of(line), round.mine(), bytes);
  node.publish(line.flag, node.flag());
  const std::size_t used = sizeof line + (beside ? 0 : bytes);
  hand_over(&line, used);

  const AwaitedReduction blocks(round, [&](int k) { return block_of(round.line(k)); });
  round.wait_for_all(blocks.inputs(), beside || bytes > fetched_ahead ? 0 : bytes);
  // What the others have read of the round before comes back while this rank computes.
  take_back(&line_of(node, node.me(), round.parity + 1), used);
  blocks.reduce();
}

void all_reduce_large(const Round& round) {
  NodeMemory& node = round.node;
  const std::size_t bytes = round.in.bytes();
  const bool in_slot = bytes <= behind_flag;
  const std::size_t place = in_slot ? 0 : node.take_room(bytes);
  const auto room_of = [&](int member) {
    return in_slot ? reinterpret_cast<std::byte*>(&round.line(member) + 1)
                   : node.room(member, place);
  };
  StoreChoice& choice = in_slot ? node.slot_stores : node.room_stores;
  StoreChoice::Exchange exchange = choice.begin(bytes);
  exchange.run([&] {
    copy(exchange.stores(), room_of(node.me()), round.mine(), bytes);
    if (exchange.stores() == Stores::streaming) streaming_fence();
  });
  node.publish(round.line(node.me()).flag, node.flag());
  const AwaitedReduction blocks(round, room_of);
  round.wait_for_all(blocks.inputs(), 0);
  exchange.run([&] { blocks.reduce(); });
  choice.end(exchange);
}

}  // namespace

// Two slots take turns, and rooms do: who has seen all flags of a round knows that all have read
// the round before.
void one_shot_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                         const ReduceOp& op, const Stream&) {
  NodeMemory& node = *communicator.state().node;
  const Round round{node, node.one_shots++, in, out, op};
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
