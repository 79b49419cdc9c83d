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
// those that are not written yet are fetched in vain.
constexpr std::size_t fetched_ahead = 512;

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

  // All members' blocks; those of others stand at place_of(member), and are there on return. Their
  // first `ahead` bytes are fetched while waiting.
  template <class PlaceOf>
  void wait_for_all(const std::byte** inputs, std::size_t ahead, PlaceOf place_of) const {
    for (int k = 0; k < node.members(); ++k) {
      inputs[k] = k == node.me() ? mine() : place_of(k);
      if (k != node.me()) node.wait_for_flag(line(k).flag, k, {inputs[k], ahead});
    }
  }

  void reduce(const std::byte* const* inputs) const {
    std::byte* outputs[] = {static_cast<std::byte*>(out.data)};
    reduce_many({{inputs, static_cast<std::size_t>(node.members())},
                 in.dtype,
                 outputs,
                 out.dtype,
                 in.count},
                op.kind, op.divisor, Stores::ordinary);
  }
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
    copy_short(line.data, round.mine(), bytes);
  else
    std::memcpy(block_of(line), round.mine(), bytes);
  node.publish(line.flag, node.flag());
  const std::size_t used = sizeof line + (beside ? 0 : bytes);
  hand_over(&line, used);

  const std::byte* inputs[NodeMemory::max_members];
  const std::size_t ahead = beside || bytes > fetched_ahead ? 0 : bytes;
  round.wait_for_all(inputs, ahead, [&](int k) { return block_of(round.line(k)); });
  // What the others have read of the round before comes back while this rank computes.
  take_back(&line_of(node, node.me(), round.parity + 1), used);
  round.reduce(inputs);
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
  const std::byte* inputs[NodeMemory::max_members];
  round.wait_for_all(inputs, 0, room_of);
  exchange.run([&] { round.reduce(inputs); });
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
