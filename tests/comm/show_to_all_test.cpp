// Short blocks of several collectives take turns in the same slots, up to and past what fits there.
#include "comm/show_to_all.h"

#include <vector>

#include "support/catch.h"
#include "support/quick.h"
#include "tutti/comm/all_gather.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_to_all.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/gather.h"
#include "tutti/comm/reduce.h"
#include "tutti/comm/reduce_scatter.h"
#include "tutti/comm/scatter.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// What rank `rank` holds at place i in a round: small integers, whose sums are exact.
float value(int round, int rank, std::size_t i) {
  return static_cast<float>(
      (static_cast<std::size_t>(round) * 31 + i * 7 + static_cast<std::size_t>(rank) * 1009) %
      4096);
}

void expect(float found, float expected, const char* what, std::size_t count) {
  if (found != expected) raise(what, " of ", count, ": found ", found, ", expected ", expected);
}

// `part` elements of each rank.
void check_round(Communicator& c, int round, std::size_t part) {
  const auto ranks = static_cast<std::size_t>(c.size()), me = static_cast<std::size_t>(c.rank());
  const std::size_t count = part * ranks;
  std::vector<float> in(count), out(count), mine(part);
  for (std::size_t i = 0; i < count; ++i) in[i] = value(round, c.rank(), i);
  const auto sum = [&](std::size_t i) {
    float total = 0;
    for (int r = 0; r < c.size(); ++r) total += value(round, r, i);
    return total;
  };
  const Block whole = block_of(in.data(), count), result = block_of(out.data(), count);

  all_gather(c, block_of(in.data(), part), result);
  for (std::size_t i = 0; i < count; ++i)
    expect(out[i], value(round, static_cast<int>(i / part), i % part), "all_gather", count);
  reduce_scatter(c, whole, block_of(mine.data(), part), ReduceOp::sum());
  for (std::size_t i = 0; i < part; ++i)
    expect(mine[i], sum(me * part + i), "reduce_scatter", count);
  all_reduce(c, whole, result, ReduceOp::sum(), {.algorithm = "one_shot"});
  for (std::size_t i = 0; i < count; ++i) expect(out[i], sum(i), "all_reduce", count);
  all_to_all(c, whole, whole);
  for (std::size_t i = 0; i < count; ++i)
    expect(in[i], value(round, static_cast<int>(i / part), me * part + i % part), "all_to_all",
           count);
}

// The same of each rank in turn, to and from which the others' blocks go.
void check_rooted_round(Communicator& c, int round, std::size_t part) {
  const auto ranks = static_cast<std::size_t>(c.size()), me = static_cast<std::size_t>(c.rank());
  const int root = round % c.size();
  const bool is_root = c.rank() == root;
  const std::size_t count = part * ranks;
  std::vector<float> in(count), out(is_root ? count : 0), mine(part);
  for (std::size_t i = 0; i < count; ++i) in[i] = value(round, c.rank(), i);
  const Block whole = block_of(in.data(), count), result{out.data(), count, Dtype::f32, {}};

  gather(c, block_of(in.data(), part), result, root);
  for (std::size_t i = 0; i < out.size(); ++i)
    expect(out[i], value(round, static_cast<int>(i / part), i % part), "gather", count);
  scatter(c, is_root ? whole : Block{nullptr, count, Dtype::f32, {}}, block_of(mine.data(), part),
          root);
  for (std::size_t i = 0; i < part; ++i)
    expect(mine[i], value(round, root, me * part + i), "scatter", count);
  reduce(c, whole, result, ReduceOp::sum(), root);
  for (std::size_t i = 0; i < out.size(); ++i) {
    float total = 0;
    for (int r = 0; r < c.size(); ++r) total += value(round, r, i);
    expect(out[i], total, "reduce", count);
  }
  const unsigned rounds = c.state().node->slot_rounds;
  broadcast(c, whole, root);
  for (std::size_t i = 0; i < count; ++i) expect(in[i], value(round, root, i), "broadcast", count);
  const bool in_slots = whole.bytes() <= SlotRound::most_bytes && !c.state().node->crowded();
  if (c.state().node->slot_rounds - rounds != in_slots)
    raise("broadcast of ", count, ": found ", in_slots ? "no" : "a", " round of the slots");
}

}  // namespace

TEST_CASE("short blocks of several collectives take turns in the slots", "[comm]") {
  constexpr std::size_t most = SlotRound::most_bytes / sizeof(float);
  for (const int ranks : {2, 3, 4}) {
    const std::size_t fits = most / static_cast<std::size_t>(ranks);
    const std::size_t parts[] = {1, 3, 5, 14, 15, 127, fits - 1, fits, fits + 1, 3 * fits};
    for (const bool crowded : {false, true})  // rooted ones take the slots only where it is false
      CHECK_NOTHROW(run_threads(ranks, [&](Communicator& c) {
        c.state().node->set_crowded(crowded);
        for (int round = 0; round < rounds(60); ++round) {
          const std::size_t part = parts[static_cast<std::size_t>(round) % std::size(parts)];
          check_round(c, round, part);
          check_rooted_round(c, round, part);
        }
      }));
  }
}
