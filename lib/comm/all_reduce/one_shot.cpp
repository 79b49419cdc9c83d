#include "tutti/comm/all_reduce/one_shot.h"

#include <cstring>

#include "comm/communicator_state.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// A slot begins with lines that carry a part of a small block and the flag. A larger block lies
// behind them, or in a room, and only the first line's flag counts. Flags are words that no data
// ever overwrites.
struct FlaggedLine {
  std::byte data[64 - sizeof(Word)];
  Word flag;
};
static_assert(sizeof(FlaggedLine) == 64);

// More than these cost more, waited for one by one, than another journey of the flag.
constexpr std::size_t lines = 8;
constexpr std::size_t small_bytes = lines * sizeof(FlaggedLine::data);
constexpr std::size_t after_lines = lines * sizeof(FlaggedLine);
constexpr int small_members = 8;

FlaggedLine* lines_of(NodeMemory& node, int member, unsigned parity) {
  return reinterpret_cast<FlaggedLine*>(node.slot(member, parity));
}

// Calls f(line, offset in the block, bytes) for each line that a small block takes.
template <class F>
void for_each_line(FlaggedLine* line, std::size_t bytes, F f) {
  std::size_t offset = 0;
  for (; bytes - offset > sizeof line->data; offset += sizeof line->data, ++line)
    f(*line, offset, sizeof line->data);
  f(*line, offset, bytes - offset);
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

void put_small(NodeMemory& node, unsigned parity, Block in) {
  const auto* from = static_cast<const std::byte*>(in.data);
  const std::uint64_t flag = node.flag();
  for_each_line(lines_of(node, node.me(), parity), in.bytes(),
                [&](FlaggedLine& line, std::size_t offset, std::size_t bytes) {
                  copy_short(line.data, from + offset, bytes);
                  if (offset + bytes < in.bytes())
                    line.flag.store(flag, std::memory_order_release);
                  else
                    node.publish(line.flag, flag);
                });
}

void take_small(NodeMemory& node, int member, unsigned parity, std::byte* to, std::size_t bytes) {
  for_each_line(lines_of(node, member, parity), bytes,
                [&](FlaggedLine& line, std::size_t offset, std::size_t) {
                  node.wait_for_flag(line.flag, member);
                  std::memcpy(to + offset, line.data, sizeof line.data);  // of a size known here
                });
}

struct Round {
  NodeMemory& node;
  unsigned parity;
  const Block &in, &out;
  const ReduceOp& op;

  void reduce(std::span<const std::byte* const> inputs) const {
    std::byte* outputs[] = {static_cast<std::byte*>(out.data)};
    reduce_many({inputs, in.dtype, outputs, out.dtype, in.count}, op.kind, op.divisor,
                Stores::ordinary);
  }
};

void all_reduce_small(const Round& round) {
  NodeMemory& node = round.node;
  const std::size_t bytes = round.in.bytes();
  put_small(node, round.parity, round.in);
  alignas(64) std::byte taken[small_members][small_bytes];
  const std::byte* inputs[small_members];
  for (int k = 0; k < node.members(); ++k) {
    if (k == node.me()) {
      inputs[k] = static_cast<const std::byte*>(round.in.data);
    } else if (FlaggedLine* line = lines_of(node, k, round.parity); bytes <= sizeof line->data) {
      node.wait_for_flag(line->flag, k);
      inputs[k] = line->data;
    } else {
      take_small(node, k, round.parity, taken[k], bytes);
      inputs[k] = taken[k];
    }
  }
  // The next slot's lines, which the others have read, come back while this rank computes.
  for_each_line(lines_of(node, node.me(), round.parity + 1), bytes,
                [](FlaggedLine& line, std::size_t, std::size_t) { __builtin_prefetch(&line, 1); });
  round.reduce({inputs, static_cast<std::size_t>(node.members())});
}

void all_reduce_large(const Round& round) {
  NodeMemory& node = round.node;
  const std::size_t bytes = round.in.bytes();
  const bool in_slot = bytes <= NodeMemory::slot_bytes - after_lines;
  const std::size_t place = in_slot ? 0 : node.take_room(bytes);
  const auto room_of = [&](int member) {
    return in_slot ? node.slot(member, round.parity) + after_lines : node.room(member, place);
  };
  StoreChoice& choice = in_slot ? node.slot_stores : node.room_stores;
  StoreChoice::Exchange exchange = choice.begin(bytes);
  exchange.run([&] {
    copy(exchange.stores(), room_of(node.me()), round.in.data, bytes);
    if (exchange.stores() == Stores::streaming) streaming_fence();
  });
  node.publish(lines_of(node, node.me(), round.parity)->flag, node.flag());
  const std::byte* inputs[NodeMemory::max_members];
  for (int k = 0; k < node.members(); ++k) {
    inputs[k] = room_of(k);
    if (k == node.me())
      inputs[k] = static_cast<const std::byte*>(round.in.data);
    else
      node.wait_for_flag(lines_of(node, k, round.parity)->flag, k);
  }
  exchange.run([&] { round.reduce({inputs, static_cast<std::size_t>(node.members())}); });
  choice.end(exchange);
}

}  // namespace

// Two slots take turns, and rooms do: who has seen all flags of a round knows that all have read
// the round before.
void one_shot_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                         const ReduceOp& op, const Stream&) {
  NodeMemory& node = *communicator.state().node;
  const Round round{node, node.one_shots++, in, out, op};
  if (in.bytes() <= small_bytes && node.members() <= small_members)
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
