#include "tutti/comm/reduce.h"

#include <algorithm>

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/canonical.h"
#include "comm/moves.h"
#include "comm/reduce_blocks.h"
#include "comm/reduce_many.h"
#include "comm/show_to_all.h"
#include "tutti/comm/block_math.h"

namespace tutti {
namespace {

constexpr std::size_t long_bytes = 64 << 10;

// A part of the canonical sum: that of ranks [lo, hi), made of [lo, middle) and [middle, hi).
struct Sum {
  int lo, middle, hi;
};

// Those that `rank` is in, upwards.
std::vector<Sum> sums_above(int rank, int ranks) {
  std::vector<Sum> path;
  for (int lo = 0, hi = ranks; hi - lo > 1;) {
    const int middle = canonical_middle(lo, hi);
    path.push_back({lo, middle, hi});
    (rank < middle ? hi : lo) = middle;
  }
  std::ranges::reverse(path);
  return path;
}

// Where the sum of ranks [lo, hi) forms: its shape does not depend on the root.
int owner(int lo, int hi, int root) {
  return lo <= root && root < hi ? root : lo;
}

// `sums` is where the root's result goes.
void climb(Communicator& self, Block in, Block sums, const ReduceOp& op, int root,
           const Stream& stream) {
  const int rank = self.rank();
  const std::vector<Sum> path = sums_above(rank, self.size());
  Block like = in;  // who adds, adds first at the bottom
  if (owner(path.front().lo, path.front().hi, root) != rank) like.count = 0;
  const Scratch room = self.scratch(like);
  if (rank == root) like.count = 0;
  const Scratch own_sums = self.scratch(like);
  if (rank != root) sums = own_sums.block;
  Block held = in;
  for (const auto& [lo, middle, hi] : path) {
    const bool lower = rank < middle;
    const int other = lower ? owner(middle, hi, root) : owner(lo, middle, root);
    if (owner(lo, hi, root) != rank) return self.exchange({send_to(other, held)}, stream);
    self.exchange({receive_from(other, room.block)}, stream);
    combine(stream, sums, lower ? held : room.block, lower ? room.block : held, op.kind,
            hi - lo == self.size() ? op.divisor : 1);
    held = sums;
  }
}

void reduce_shown(Communicator& self, const Block& in, const Block& out, const ReduceOp& op,
                  int root, const Stream& stream) {
  const SlotRound shown = show_to_all(self, in);
  if (self.rank() == root) reduce_blocks(shown_by_all(self, shown, in), root, out, op, stream);
}

void reduce_short(Communicator& self, Block in, Block out, const ReduceOp& op, int root,
                  const Stream& stream) {
  const Dtype sums = accumulator_of(in.dtype);
  if (sums == in.dtype) return climb(self, in, out, op, root, stream);
  const Scratch wide = self.scratch({nullptr, in.count, sums, in.device});
  convert(wide.block, in);
  climb(self, wide.block, wide.block, op, root, stream);
  if (self.rank() == root) convert(out, wide.block);
}

void reduce_long(Communicator& self, Block in, Block out, const ReduceOp& op, int root,
                 const Stream& stream) {
  const Parts parts(in.count, self.size());
  Block like = in;
  like.count = self.rank() == root ? 0 : parts.count(self.rank());
  const Scratch room = self.scratch(like);
  const Block mine = self.rank() == root ? parts.of(out, root) : room.block;
  reduce_scatter_parts(self, parts, in, mine, op, stream);
  gather_parts(self, parts, mine, out, root, stream);
}

auto prepare(Communicator& communicator, Block in, Block out, ReduceOp op, int root,
             const CallOptions& options, const std::source_location& site) {
  constexpr std::string_view who = "reduce";
  const Call call = begin_call(communicator,
                               {.collective = Collective::reduce,
                                .dtype = in.dtype,
                                .op = op,
                                .root = root,
                                .count = in.count,
                                .site = site},
                               in.device, options);
  require_root(communicator, who, root);
  require_reducible(communicator, who, in.dtype, op);
  require_reducible_there(communicator, who, in);
  require_block(communicator, who, "the input", in, in.count, in, "on every rank");
  if (communicator.rank() == root) {
    require_block(communicator, who, "the result", out, in.count, in, "as the input");
    require_apart(communicator, who, in, out);
  }
  return PreparedCall{
      call, [=, op = op.for_ranks(communicator.size())](Communicator& self, const Stream& own) {
        if (should_show_to_all(self, in)) return reduce_shown(self, in, out, op, root, own);
        if (in.count == 0) return;
        if (self.size() == 1) return reduce_blocks({&in, 1}, 0, out, op, own);
        if (self.size() > 2 && in.bytes() >= long_bytes)
          reduce_long(self, in, out, op, root, own);
        else
          reduce_short(self, in, out, op, root, own);
      }};
}

}  // namespace

void reduce(Communicator& communicator, Block in, Block out, ReduceOp op, int root,
            const CallOptions& options, std::source_location site) {
  run_call(communicator, prepare(communicator, in, out, op, root, options, site));
}

void reduce(Communicator& communicator, Block data, ReduceOp op, int root,
            const CallOptions& options, std::source_location site) {
  run_call(communicator, prepare(communicator, data, data, op, root, options, site));
}

Work reduce_async(Communicator& communicator, Block in, Block out, ReduceOp op, int root,
                  const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare(communicator, in, out, op, root, options, site));
}

Work reduce_async(Communicator& communicator, Block data, ReduceOp op, int root,
                  const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare(communicator, data, data, op, root, options, site));
}

}  // namespace tutti
