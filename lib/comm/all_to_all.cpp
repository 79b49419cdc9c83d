#include "tutti/comm/all_to_all.h"

#include <algorithm>

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/moves.h"
#include "comm/show_to_all.h"

namespace tutti {
namespace {

// Parts below this go out all at once: then the number of steps counts, not their crowding.
constexpr std::size_t small_part = 8 << 10;

// Of parts that are swapped on one node, so much at a time passes through memory of its own: that
// stays in the caches.
constexpr std::size_t swapped_bytes = 256 << 10;

// At most `per_step` messages each way in a step.
void exchange_parts(Communicator& self, const Parts& in_parts, Block in, const Parts& out_parts,
                    Block out, int per_step, const Stream& stream) {
  const int rank = self.rank(), ranks = self.size();
  Block like = in;
  if (in.data != out.data) like.count = 0;
  const Scratch room = self.scratch(like);
  if (like.count > 0) {
    copy(stream, room.block, in);
    in = room.block;
  }
  copy_unless_there(stream, out_parts.of(out, rank), in_parts.of(in, rank));
  std::vector<Transfer> transfers;
  for (int step = 1; step < ranks; ++step) {
    const int to = (rank + step) % ranks, from = (rank - step + ranks) % ranks;
    transfers.push_back(send_to(to, in_parts.of(in, to)));
    transfers.push_back(receive_from(from, out_parts.of(out, from)));
    if (step % per_step != 0 && step + 1 < ranks) continue;
    self.transport().exchange(transfers, stream);
    transfers.clear();
  }
}

int steps_to_meet(int ranks) {
  return ranks % 2 == 0 ? ranks - 1 : ranks;
}

// Whom `rank` meets in a step, so that all meet all: the circle method of tournaments. Of an odd
// number of ranks one rests, and meets `ranks`.
int met_in(int step, int rank, int ranks) {
  const int steps = steps_to_meet(ranks);
  if (rank == steps) return step * ((steps + 1) / 2) % steps;  // who would meet itself
  const int peer = (step - rank + steps) % steps;
  return peer == rank ? steps : peer;
}

// In every step the ranks meet in pairs, each of which swaps two parts of the same size.
void swap_parts(Communicator& self, const Parts& parts, Block data, const Stream& stream) {
  const int rank = self.rank(), ranks = self.size();
  const std::size_t count = parts.count(0);
  Block like = data;
  like.count = count;
  if (data.device.kind == DeviceKind::cpu && self.layout().nodes == 1)
    like.count = std::min(count, swapped_bytes / size_of(data.dtype));
  const Scratch room = self.scratch(like);
  for (int step = 0; step < steps_to_meet(ranks); ++step) {
    const int peer = met_in(step, rank, ranks);
    if (peer == ranks) continue;
    const Block part = parts.of(data, peer);
    for (std::size_t begin = 0; begin < count; begin += like.count) {
      const Block piece = part.slice(begin, std::min(begin + like.count, count));
      const Block mine = room.block.slice(0, piece.count);
      copy(stream, mine, piece);
      self.exchange({send_to(peer, mine), receive_from(peer, piece)}, stream);
    }
  }
}

void exchange_short(Communicator& self, const Parts& parts, Block in, Block out,
                    const Stream& stream) {
  const int me = self.rank();
  const SlotRound shown = show_to_all(self, in);
  copy_unless_there(stream, parts.of(out, me), parts.of(in, me));
  for (int rank = 0; rank < self.size(); ++rank)
    if (rank != me) take_shown(parts.of(out, rank), parts.of(shown_by(rank, shown, in), me));
}

auto prepare(Communicator& communicator, Block in, Block out, const CallOptions& options,
             const std::source_location& site) {
  constexpr std::string_view who = "all_to_all";
  const bool in_place = in.data == out.data && in.count > 0;
  const Call call = begin_call(communicator,
                               {.collective = Collective::all_to_all,
                                .dtype = in.dtype,
                                .in_place = in_place,
                                .count = in.count,
                                .site = site},
                               in.device, options);
  if (in.count % static_cast<std::size_t>(communicator.size()) != 0)
    raise(communicator.label(who), ": found ", in.count, " x ", in.dtype,
          ", expected a multiple of ", communicator.size(),
          " ranks; all_to_all_v takes parts of any size");
  require_block(communicator, who, "the input", in, in.count, in, "all parts");
  require_block(communicator, who, "the result", out, in.count, in, "as the input");
  require_apart(communicator, who, in, out);
  Parts parts(in.count, communicator.size());
  const bool small = parts.count(0) * size_of(in.dtype) < small_part;
  return PreparedCall{call, [=](Communicator& self, const Stream& own) {
                        if (can_show_to_all(self, in))
                          return exchange_short(self, parts, in, out, own);
                        if (in_place && !small) return swap_parts(self, parts, in, own);
                        exchange_parts(self, parts, in, parts, out, small ? self.size() : 1, own);
                      }};
}

auto prepare(Communicator& communicator, Block in, Counts in_counts, Block out, Counts out_counts,
             const CallOptions& options, const std::source_location& site) {
  constexpr std::string_view who = "all_to_all_v";
  const Call call = begin_call(
      communicator, {.collective = Collective::all_to_all, .dtype = in.dtype, .site = site},
      in.device, options);
  Parts in_parts = require_parts(communicator, who, "the input", &in_counts, in);
  Parts out_parts = require_parts(communicator, who, "the result", &out_counts, out);
  const int rank = communicator.rank();
  require_block(communicator, who, "the input", in, in.count, in, "all parts");
  require_block(communicator, who, "the result", out, out.count, in, "the input's dtype");
  require_apart(communicator, who, in, out);
  if (in_parts.count(rank) != out_parts.count(rank))
    raise(communicator.label(who), ": found ", in_parts.count(rank), " elements to itself and ",
          out_parts.count(rank), " from itself, expected the same number");
  return PreparedCall{call, [=](Communicator& self, const Stream& own) {
                        exchange_parts(self, in_parts, in, out_parts, out, 1, own);
                      }};
}

}  // namespace

void all_to_all(Communicator& communicator, Block in, Block out, const CallOptions& options,
                std::source_location site) {
  run_call(communicator, prepare(communicator, in, out, options, site));
}

void all_to_all_v(Communicator& communicator, Block in, std::span<const std::size_t> in_counts,
                  Block out, std::span<const std::size_t> out_counts, const CallOptions& options,
                  std::source_location site) {
  run_call(communicator, prepare(communicator, in, in_counts, out, out_counts, options, site));
}

Work all_to_all_async(Communicator& communicator, Block in, Block out, const CallOptions& options,
                      std::source_location site) {
  return start_call(communicator, prepare(communicator, in, out, options, site));
}

Work all_to_all_v_async(Communicator& communicator, Block in,
                        std::span<const std::size_t> in_counts, Block out,
                        std::span<const std::size_t> out_counts, const CallOptions& options,
                        std::source_location site) {
  return start_call(communicator,
                    prepare(communicator, in, in_counts, out, out_counts, options, site));
}

}  // namespace tutti
