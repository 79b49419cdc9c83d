#include "tutti/comm/broadcast.h"

#include <bit>

#include "comm/arguments.h"
#include "comm/binomial.h"
#include "comm/call.h"
#include "comm/moves.h"
#include "comm/show_to_all.h"

namespace tutti {
namespace {

// From here on, a scatter and an all-gather take less time than log2 P copies.
constexpr std::size_t long_bytes = 128 << 10;

void broadcast_short(Communicator& self, const Block& data, int root) {
  const SlotRound shown = show_from_root(self, data, root);
  if (self.rank() != root) take_shown(data, shown_by(root, shown, data));
}

void scatter_and_gather(Communicator& self, Block data, int root, const Stream& stream) {
  const int rank = self.rank(), ranks = self.size();
  const Parts parts(data.count, ranks);
  const Block mine = parts.of(data, rank);
  scatter_parts(self, parts, data, mine, root, stream);
  std::vector<Transfer> transfers;
  for (int step = 1; step < ranks; ++step) {  // the root has everything
    const int to = (rank + step) % ranks, from = (rank - step + ranks) % ranks;
    if (to != root) transfers.push_back(send_to(to, mine));
    if (rank != root) transfers.push_back(receive_from(from, parts.of(data, from)));
  }
  self.transport().exchange(transfers, stream);
}

auto prepare(Communicator& communicator, Block in, Block out, int root, const CallOptions& options,
             const std::source_location& site) {
  const Call call = begin_call(communicator,
                               {.collective = Collective::broadcast,
                                .dtype = out.dtype,
                                .root = root,
                                .count = out.count,
                                .site = site},
                               out.device, options);
  require_root(communicator, "broadcast", root);
  require_block(communicator, "broadcast", "the result", out, out.count, out, "the root's block");
  if (communicator.rank() == root) {
    require_block(communicator, "broadcast", "the input", in, out.count, out, "as the result");
    require_apart(communicator, "broadcast", in, out);
  }
  return PreparedCall{call, [=](Communicator& self, const Stream& own) {
                        if (self.rank() == root) copy_unless_there(own, out, in);
                        if (should_show_to_all(self, out)) return broadcast_short(self, out, root);
                        if (self.size() > 2 && out.bytes() >= long_bytes)
                          scatter_and_gather(self, out, root, own);
                        else
                          binomial_broadcast(self, out, root, own);
                      }};
}

}  // namespace

int binomial_levels(int ranks) {
  return std::bit_width(static_cast<unsigned>(ranks - 1));
}

void binomial_broadcast(Communicator& communicator, Block data, int root, const Stream& stream) {
  const int ranks = communicator.size();
  const int place = (communicator.rank() - root + ranks) % ranks;  // the root stands at 0
  auto rank_at = [&](int p) { return (p + root) % ranks; };
  for (int level = binomial_levels(ranks) - 1; level >= 0; --level) {
    const int distance = 1 << level;
    if (place % (2 * distance) == distance)
      communicator.exchange({receive_from(rank_at(place - distance), data)}, stream);
    else if (place % (2 * distance) == 0 && place + distance < ranks)
      communicator.exchange({send_to(rank_at(place + distance), data)}, stream);
  }
}

void broadcast(Communicator& communicator, Block data, int root, const CallOptions& options,
               std::source_location site) {
  run_call(communicator, prepare(communicator, data, data, root, options, site));
}

void broadcast(Communicator& communicator, Block in, Block out, int root,
               const CallOptions& options, std::source_location site) {
  run_call(communicator, prepare(communicator, in, out, root, options, site));
}

Work broadcast_async(Communicator& communicator, Block data, int root, const CallOptions& options,
                     std::source_location site) {
  return start_call(communicator, prepare(communicator, data, data, root, options, site));
}

Work broadcast_async(Communicator& communicator, Block in, Block out, int root,
                     const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare(communicator, in, out, root, options, site));
}

}  // namespace tutti
