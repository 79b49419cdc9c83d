// The calls of comm, and of the tensors' collectives, each with numbers that are easily checked.
#include <numeric>

#include "sweep_room.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/symmetric.h"
#include "tutti/comm/values.h"
#include "tutti/parallel/collectives.h"

namespace tutti::test::sweep {
namespace {

template <class Blocking, class Background>
void make(const Arguments& a, Blocking blocking, Background background) {
  if (a.in_background)
    background().wait();
  else
    blocking();
}
// A tutti call by either of its names.
#define TUTTI_SWEEP_MAKE(name, ...) \
  make(                             \
      a, [&] { name(__VA_ARGS__); }, [&] { return name##_async(__VA_ARGS__); })

std::size_t begin_of(const Communicator& c, const Arguments& a) {
  return share_begin(a.count, c.rank(), c.size());
}
std::size_t count_of(const Communicator& c, const Arguments& a) {
  return share_begin(a.count, c.rank() + 1, c.size()) - begin_of(c, a);
}
AllReduceOptions reduce_options(const Arguments& a) {
  return {.algorithm = a.algorithm, .order = a.order, .label = a.label};
}
CallOptions options(const Arguments& a) {
  return {.label = a.label};
}

// The first rank's part is one element longer, or two, and the last one's shorter.
std::vector<std::size_t> parts_of(const Communicator& c, const Arguments& a) {
  const auto ranks = static_cast<std::size_t>(c.size());
  std::vector<std::size_t> parts(ranks, a.count / ranks);
  parts.front() += a.other_parts ? 2 : 1;
  parts.back() -= a.other_parts ? 2 : 1;
  return parts;
}
// What passes from one rank to another in an all-to-all of parts of any size.
std::size_t between(int from, int to, const Arguments& a) {
  return a.count / 12 + static_cast<std::size_t>(from == to ? 0 : (2 * from + to) % 3);
}

template <class Operand>
bool all_reduces(Communicator& c, const Arguments& a) {
  const Room<Operand> room(a);
  const Operand in = room.part(0, a.count), out = a.in_place ? in : room.part(a.count, a.count);
  fill(in, [&](std::size_t i) { return value(c.rank(), i); });
  TUTTI_SWEEP_MAKE(all_reduce, c, in, out, a.op, reduce_options(a));
  return holds(out, [&](std::size_t i) { return total(c.size(), i); });
}

template <class Operand>
bool reduces(Communicator& c, const Arguments& a) {
  const Room<Operand> room(a);
  const Operand in = room.part(0, a.count), out = a.in_place ? in : room.part(a.count, a.count);
  fill(in, [&](std::size_t i) { return value(c.rank(), i); });
  TUTTI_SWEEP_MAKE(reduce, c, in, out, a.op, a.root, options(a));
  return c.rank() != a.root || holds(out, [&](std::size_t i) { return total(c.size(), i); });
}

template <class Operand>
bool broadcasts(Communicator& c, const Arguments& a) {
  const Room<Operand> room(a);
  const Operand out = room.part(0, a.count);
  const auto numbers = [&](std::size_t i) { return value(a.root, i); };
  if constexpr (std::same_as<Operand, Block>) {
    const Block in = a.in_place ? out : room.part(a.count, a.count);
    if (c.rank() == a.root) fill(in, numbers);
    TUTTI_SWEEP_MAKE(broadcast, c, in, out, a.root, options(a));
  } else {
    if (c.rank() == a.root) fill(out, numbers);
    TUTTI_SWEEP_MAKE(broadcast, c, out, a.root, options(a));
  }
  return holds(out, numbers);
}

template <class Operand>
bool reduce_scatters(Communicator& c, const Arguments& a) {
  const Room<Operand> room(a);
  const std::size_t begin = begin_of(c, a);
  const Operand all = room.part(0, a.count);
  const Operand mine = room.part(a.in_place ? begin : a.count, count_of(c, a));
  fill(all, [&](std::size_t i) { return value(c.rank(), i); });
  TUTTI_SWEEP_MAKE(reduce_scatter, c, all, mine, a.op, options(a));
  return holds(mine, [&](std::size_t i) { return total(c.size(), begin + i); });
}

// The rank in whose part an element lies.
int owner(std::size_t i, const std::vector<std::size_t>& parts) {
  int rank = 0;
  for (std::size_t end = parts[0]; i >= end; end += parts[static_cast<std::size_t>(rank)]) ++rank;
  return rank;
}
std::vector<std::size_t> even_parts(const Communicator& c, const Arguments& a) {
  const auto ranks = static_cast<std::size_t>(c.size());
  return std::vector(ranks, a.count / ranks);
}

enum class Direction { all_gather, gather, scatter };

// All calls that hand parts on unchanged; `uneven`: their forms with counts.
template <class Operand, Direction direction, bool uneven>
bool moves(Communicator& c, const Arguments& a) {
  const Room<Operand> room(a);
  const auto parts = uneven ? parts_of(c, a) : even_parts(c, a);
  const auto me = static_cast<std::size_t>(c.rank());
  const auto first = parts.begin();
  const std::size_t begin = std::accumulate(first, first + c.rank(), std::size_t{0});
  const Operand all = room.part(0, a.count);
  const Operand mine = room.part(a.in_place ? begin : a.count, parts[me]);
  const std::span<const std::size_t> counts = parts;
  const auto of_root = [&](std::size_t i) { return value(a.root, begin + i); };
  const auto gathered = [&](std::size_t i) { return value(owner(i, parts), i); };
  if (direction == Direction::scatter)
    fill(all, [&](std::size_t i) { return value(c.rank(), i); });
  else
    fill(mine, [&](std::size_t i) { return value(c.rank(), begin + i); });
  if constexpr (direction == Direction::scatter) {
    if constexpr (uneven)
      TUTTI_SWEEP_MAKE(scatter_v, c, all, mine, counts, a.root, options(a));
    else
      TUTTI_SWEEP_MAKE(scatter, c, all, mine, a.root, options(a));
    return holds(mine, of_root);
  } else if constexpr (direction == Direction::gather) {
    if constexpr (uneven)
      TUTTI_SWEEP_MAKE(gather_v, c, mine, all, counts, a.root, options(a));
    else
      TUTTI_SWEEP_MAKE(gather, c, mine, all, a.root, options(a));
    return c.rank() != a.root || holds(all, gathered);
  } else {
    if constexpr (uneven)
      TUTTI_SWEEP_MAKE(all_gather_v, c, mine, all, counts, options(a));
    else
      TUTTI_SWEEP_MAKE(all_gather, c, mine, all, options(a));
    return holds(all, gathered);
  }
}

template <class Operand>
bool exchanges_all(Communicator& c, const Arguments& a) {
  const Room<Operand> room(a);
  const std::size_t each = a.count / static_cast<std::size_t>(c.size());
  const Operand in = room.part(0, a.count), out = a.in_place ? in : room.part(a.count, a.count);
  fill(in, [&](std::size_t i) { return value(c.rank(), i); });
  TUTTI_SWEEP_MAKE(all_to_all, c, in, out, options(a));
  return holds(out, [&](std::size_t i) {
    return value(static_cast<int>(i / each), begin_of(c, a) + i % each);
  });
}

bool exchanges_parts(Communicator& c, const Arguments& a) {
  std::vector<std::size_t> to, from;
  for (int rank = 0; rank < c.size(); ++rank) {
    to.push_back(between(c.rank(), rank, a));
    from.push_back(between(rank, c.rank(), a));
  }
  if (a.other_parts) to.front() += 1;
  const Room<Block> room(a);
  const std::size_t sent = std::accumulate(to.begin(), to.end(), std::size_t{0});
  const Block in = room.part(0, sent);
  const Block out = room.part(sent, std::accumulate(from.begin(), from.end(), std::size_t{0}));
  fill(in, [&](std::size_t) { return value(c.rank(), 0); });
  const std::span<const std::size_t> in_counts = to, out_counts = from;
  TUTTI_SWEEP_MAKE(all_to_all_v, c, in, in_counts, out, out_counts, options(a));
  return holds(out, [&](std::size_t i) { return value(owner(i, from), 0); });
}

// Between the last rank and a.root, which is 0 where all pass what they should.
template <class Operand, bool last_sends>
bool passes(Communicator& c, const Arguments& a) {
  const int last = c.size() - 1;
  if (c.rank() != 0 && c.rank() != last) return true;
  const int peer = c.rank() == last ? a.root : last;
  const int sender = last_sends ? last : 0;
  const Room<Operand> room(a);
  const Operand data = room.part(0, a.count);
  const auto numbers = [&](std::size_t i) { return value(sender, i); };
  if (c.rank() == sender) {
    fill(data, numbers);
    TUTTI_SWEEP_MAKE(send, c, data, peer, options(a));
  } else {
    TUTTI_SWEEP_MAKE(recv, c, data, peer, options(a));
  }
  return holds(data, numbers);
}

bool turns(Communicator& c, const Arguments& a) {
  const int last = c.size() - 1;
  const int next = c.rank() == last ? a.root : c.rank() + 1, before = (c.rank() + last) % c.size();
  const Room<Block> room(a);
  const Block out = room.part(0, a.count), in = room.part(a.count, a.count);
  fill(out, [&](std::size_t i) { return value(c.rank(), i); });
  TUTTI_SWEEP_MAKE(send_recv, c, out, next, in, before, options(a));
  return holds(in, [&](std::size_t i) { return value(before, i); });
}

bool meets(Communicator& c, const Arguments& a) {
  TUTTI_SWEEP_MAKE(barrier, c, a.label);
  return true;
}

template <class T>
bool reduces_number(Communicator& c, const Arguments& a) {
  return all_reduce(c, static_cast<T>(c.rank() + 1), a.op, reduce_options(a)) ==
         static_cast<T>(c.size() * (c.size() + 1) / 2);
}
bool reduces_a_number(Communicator& c, const Arguments& a) {
  return a.dtype == Dtype::f32 ? reduces_number<float>(c, a) : reduces_number<std::int32_t>(c, a);
}

template <class T>
bool broadcasts_number(Communicator& c, const Arguments& a) {
  return broadcast(c, static_cast<T>(c.rank() + 1), a.root, options(a)) ==
         static_cast<T>(a.root + 1);
}
bool broadcasts_a_number(Communicator& c, const Arguments& a) {
  return a.dtype == Dtype::f32 ? broadcasts_number<float>(c, a)
                               : broadcasts_number<std::int32_t>(c, a);
}

// The group can be called.
bool works(Communicator group, int ranks) {
  return all_reduce(group, 1, ReduceOp::sum()) == ranks;
}
bool splits(Communicator& c, const Arguments&) {
  return works(c.split(c.rank() % 2), (c.size() + 1 - c.rank() % 2) / 2);
}
bool duplicates(Communicator& c, const Arguments&) {
  return works(c.duplicate(), c.size());
}
bool splits_by_node(Communicator& c, const Arguments&) {
  return works(c.split_by_node(), c.local_size());
}

bool allocates(Communicator& c, const Arguments& a) {
  const Buffer buffer = symmetric_buffer(c, a.count * sizeof(float));
  return holds(Block{buffer.data(), a.count, Dtype::f32, {}}, [](std::size_t) { return 0.0; });
}

Prepare plain(bool (*call)(Communicator&, const Arguments&)) {
  return [=](Communicator& c, const Arguments& a) -> Once {
    return [=]() mutable { return call(c, a); };
  };
}

}  // namespace

std::vector<Call> calls_of_comm() {
  using enum Direction;
  const std::string usual = "count dtype label memory";
  std::vector<Call> calls = {
      {"all_reduce", usual + " op order algorithm in_place", {plain(all_reduces<Block>)}},
      {"reduce", usual + " op root in_place", {plain(reduces<Block>)}},
      {"broadcast", usual + " root in_place", {plain(broadcasts<Block>)}},
      {"reduce_scatter", usual + " op in_place", {plain(reduce_scatters<Block>)}},
      {"all_gather", usual + " in_place", {plain(moves<Block, all_gather, false>)}},
      {"all_gather_v", usual + " counts in_place", {plain(moves<Block, all_gather, true>)}},
      {"gather", usual + " root in_place", {plain(moves<Block, gather, false>)}},
      {"gather_v", usual + " counts root in_place", {plain(moves<Block, gather, true>)}},
      {"scatter", usual + " root in_place", {plain(moves<Block, scatter, false>)}},
      {"scatter_v", usual + " counts root in_place", {plain(moves<Block, scatter, true>)}},
      {"all_to_all", usual + " in_place", {plain(exchanges_all<Block>)}},
      {"all_to_all_v", usual + " counts", {plain(exchanges_parts)}},
      {"barrier", "label", {plain(meets)}},
      {"send", usual + " peer", {plain(passes<Block, true>)}},
      {"recv", usual + " peer", {plain(passes<Block, false>)}},
      {"send_recv", usual + " peer", {plain(turns)}},
  };
  calls[14].forgeable = false;  // the last rank only receives
  const std::size_t both = calls.size();
  for (std::size_t i = 0; i < both; ++i) {
    calls.push_back(calls[i]);
    calls.back().name += "_async";
    calls.back().in_background = true;
  }
  calls.push_back(
      {"all_reduce of a number", "dtype label op order algorithm", {plain(reduces_a_number)}});
  calls.push_back({"broadcast of a number", "dtype label root", {plain(broadcasts_a_number)}});
  calls.push_back({"split", "", {plain(splits)}});
  calls.push_back({"duplicate", "", {plain(duplicates)}});
  calls.push_back({"split_by_node", "", {plain(splits_by_node)}});
  calls.push_back({"symmetric_buffer", "count", {plain(allocates)}});
  for (bool in_background : {false, true})
    calls.push_back(
        {in_background ? "collectives of tensors, _async" : "collectives of tensors",
         "count dtype label",
         {plain(all_reduces<Tensor>), plain(reduces<Tensor>), plain(broadcasts<Tensor>),
          plain(reduce_scatters<Tensor>), plain(moves<Tensor, all_gather, false>),
          plain(moves<Tensor, gather, false>), plain(moves<Tensor, scatter, false>),
          plain(exchanges_all<Tensor>), plain(passes<Tensor, true>), plain(passes<Tensor, false>)},
         "",
         0,
         false,
         in_background});
  return calls;
}

}  // namespace tutti::test::sweep
