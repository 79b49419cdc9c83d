#include "tutti/comm/all_reduce/one_shot.h"

#include <cstring>

#include "comm/node/node.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// A slot begins with lines that carry a part of a small block and the flag; a large block lies
// behind them, and only the first line's flag counts. Flags are words that no data ever overwrites.
struct FlaggedLine {
  std::byte data[64 - sizeof(Word)];
  Word flag;
};
static_assert(sizeof(FlaggedLine) == 64);

// More than these cost more, waited for one by one, than another journey of the flag.
constexpr std::size_t lines = 8;
constexpr std::size_t small_bytes = lines * sizeof(FlaggedLine::data);
constexpr std::size_t large_offset = lines * sizeof(FlaggedLine);

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

void put_small(NodeMemory& node, unsigned parity, Block in) {
  const auto* from = static_cast<const std::byte*>(in.data);
  const std::uint64_t flag = node.flag();
  for_each_line(lines_of(node, node.me(), parity), in.bytes(),
                [&](FlaggedLine& line, std::size_t offset, std::size_t bytes) {
                  std::memcpy(line.data, from + offset, bytes);
                  if (offset + bytes < in.bytes())
                    line.flag.store(flag, std::memory_order_release);
                  else
                    node.publish(line.flag, flag);
                });
}

void take_small(NodeMemory& node, int member, unsigned parity, std::byte* to, std::size_t bytes) {
  for_each_line(lines_of(node, member, parity), bytes,
                [&](FlaggedLine& line, std::size_t offset, std::size_t part) {
                  node.wait_for_flag(line.flag, member);
                  std::memcpy(to + offset, line.data, part);
                });
}

void put_large(NodeMemory& node, unsigned parity, Block in, Stores stores) {
  std::byte* to = node.slot(node.me(), parity) + large_offset;
  if (stores == Stores::streaming) {
    streaming_copy(to, in.data, in.bytes());
    streaming_fence();
  } else {
    std::memcpy(to, in.data, in.bytes());
  }
  node.publish(lines_of(node, node.me(), parity)->flag, node.flag());
}

}  // namespace

// Two slots take turns: who has seen all flags of a round knows that all have read the round
// before.
void one_shot_all_reduce(Communicator& communicator, Block in, Block out, ReduceOp op,
                         const Stream&) {
  NodeMemory& node = *communicator.transport().node();
  const unsigned parity = node.one_shots++;
  const auto members = static_cast<std::size_t>(node.members());
  const bool small = in.bytes() <= small_bytes && members <= 8;
  if (small)
    put_small(node, parity, in);
  else
    put_large(node, parity, in,
              in.bytes() >= communicator.cost_model().one_shot_streams_from ? Stores::streaming
                                                                            : Stores::ordinary);

  alignas(64) std::byte taken[8][small_bytes];
  const std::byte* inputs[NodeMemory::max_members];
  for (int k = 0; k < node.members(); ++k) {
    if (k == node.me()) {
      inputs[k] = static_cast<const std::byte*>(in.data);
    } else if (small) {
      take_small(node, k, parity, taken[k], in.bytes());
      inputs[k] = taken[k];
    } else {
      node.wait_for_flag(lines_of(node, k, parity)->flag, k);
      inputs[k] = node.slot(k, parity) + large_offset;
    }
  }
  // The next slot's lines, which the others have read, come back while this rank computes.
  for_each_line(lines_of(node, node.me(), parity + 1), small ? in.bytes() : 0,
                [](FlaggedLine& line, std::size_t, std::size_t) { __builtin_prefetch(&line, 1); });
  std::byte* outputs[] = {static_cast<std::byte*>(out.data)};
  reduce_many({{inputs, members}, in.dtype, outputs, out.dtype, in.count}, op.kind, op.divisor,
              Stores::ordinary);
}

bool one_shot_fits(const Problem& problem) {
  return problem.in_one_node() && problem.bytes() <= NodeMemory::slot_bytes - large_offset;
}

int one_shot_steps(const Problem&) {
  return 1;
}

std::size_t one_shot_bytes(const Problem& problem) {
  return problem.bytes();
}

}  // namespace tutti::algorithms
