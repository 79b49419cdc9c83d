#include "tutti/comm/all_gather.h"

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/moves.h"
#include "comm/show_to_all.h"

namespace tutti {
namespace {

void all_gather_short(Communicator& self, const Parts& parts, Block mine, Block all,
                      const Stream& stream) {
  const SlotRound shown = show_to_all(self, mine);
  copy_unless_there(stream, parts.of(all, self.rank()), mine);
  take_parts(self, shown, parts, all);
}

auto prepare(Communicator& communicator, Block mine, Block all, const Counts* counts,
             const CallOptions& options, const std::source_location& site) {
  const std::string_view who = counts ? "all_gather_v" : "all_gather";
  const Call call = begin_call(communicator,
                               {.collective = Collective::all_gather,
                                .dtype = all.dtype,
                                .count = all.count,
                                .parts = hash_of(counts),
                                .site = site},
                               all.device, options);
  Parts parts = require_parts(communicator, who, "the result", counts, all);
  require_block(communicator, who, "this rank's part", mine, parts.count(communicator.rank()), all,
                "its part of the whole");
  require_block(communicator, who, "the result", all, all.count, all, "all parts");
  return PreparedCall{call, [=](Communicator& self, const Stream& own) {
                        if (can_show_to_all(self, all))
                          return all_gather_short(self, parts, mine, all, own);
                        meet_if_empty(self, parts);
                        all_gather_parts(self, parts, mine, all, own);
                      }};
}

}  // namespace

void all_gather_parts(Communicator& self, const Parts& parts, Block mine, Block all,
                      const Stream& stream) {
  const int rank = self.rank(), ranks = self.size();
  const Block place = parts.of(all, rank);
  copy_unless_there(stream, place, mine);
  std::vector<Transfer> transfers;
  for (int step = 1; step < ranks; ++step) {  // every rank starts with another peer
    const int to = (rank + step) % ranks, from = (rank - step + ranks) % ranks;
    transfers.push_back(send_to(to, place));
    transfers.push_back(receive_from(from, parts.of(all, from)));
  }
  self.transport().exchange(transfers, stream);
}

void all_gather(Communicator& communicator, Block mine, Block all, const CallOptions& options,
                std::source_location site) {
  run_call(communicator, prepare(communicator, mine, all, nullptr, options, site));
}

void all_gather_v(Communicator& communicator, Block mine, Block all,
                  std::span<const std::size_t> counts, const CallOptions& options,
                  std::source_location site) {
  run_call(communicator, prepare(communicator, mine, all, &counts, options, site));
}

Work all_gather_async(Communicator& communicator, Block mine, Block all, const CallOptions& options,
                      std::source_location site) {
  return start_call(communicator, prepare(communicator, mine, all, nullptr, options, site));
}

Work all_gather_v_async(Communicator& communicator, Block mine, Block all,
                        std::span<const std::size_t> counts, const CallOptions& options,
                        std::source_location site) {
  return start_call(communicator, prepare(communicator, mine, all, &counts, options, site));
}

}  // namespace tutti
