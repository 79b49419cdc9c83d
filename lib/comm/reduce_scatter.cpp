#include "tutti/comm/reduce_scatter.h"

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/moves.h"
#include "comm/reduce_blocks.h"
#include "comm/show_to_all.h"

namespace tutti {
namespace {

void reduce_scatter_short(Communicator& self, const Parts& parts, Block all, Block mine,
                          const ReduceOp& op, const Stream& stream) {
  const SlotRound shown = show_to_all(self, all);
  std::vector<Block> pieces = shown_by_all(self, shown, all);
  for (Block& piece : pieces) piece = parts.of(piece, self.rank());
  reduce_blocks(pieces, self.rank(), mine, op, stream);
}

auto prepare(Communicator& communicator, Block all, Block mine, ReduceOp op,
             const CallOptions& options, const std::source_location& site) {
  constexpr std::string_view who = "reduce_scatter";
  const Call call = begin_call(communicator,
                               {.collective = Collective::reduce_scatter,
                                .dtype = all.dtype,
                                .op = op,
                                .count = all.count,
                                .site = site},
                               all.device, options);
  require_reducible(communicator, who, all.dtype, op);
  require_reducible_there(communicator, who, all);
  Parts parts(all.count, communicator.size());
  require_block(communicator, who, "the input", all, all.count, all, "all shares");
  require_block(communicator, who, "the result", mine, parts.count(communicator.rank()), all,
                "this rank's share");
  return PreparedCall{
      call, [=, op = op.for_ranks(communicator.size())](Communicator& self, const Stream& own) {
        if (can_show_to_all(self, all))
          return reduce_scatter_short(self, parts, all, mine, op, own);
        reduce_scatter_parts(self, parts, all, mine, op, own);
      }};
}

}  // namespace

void reduce_scatter_parts(Communicator& self, const Parts& parts, Block all, Block mine,
                          const ReduceOp& op, const Stream& stream) {
  const int rank = self.rank(), ranks = self.size();
  const std::size_t others = mine.count * static_cast<std::size_t>(ranks - 1);
  const Scratch room = self.scratch({nullptr, others, mine.dtype, mine.device});
  std::vector<Block> pieces;
  for (std::size_t r = 0, k = 0; r < static_cast<std::size_t>(ranks); ++r)
    if (static_cast<int>(r) == rank)
      pieces.push_back(parts.of(all, rank));
    else
      pieces.push_back(room.block.slice(mine.count * k, mine.count * (k + 1))), ++k;
  std::vector<Transfer> transfers;
  for (int step = 1; step < ranks; ++step) {
    const int to = (rank + step) % ranks, from = (rank - step + ranks) % ranks;
    transfers.push_back(send_to(to, parts.of(all, to)));
    transfers.push_back(receive_from(from, pieces[static_cast<std::size_t>(from)]));
  }
  self.transport().exchange(transfers, stream);
  reduce_blocks(pieces, rank, mine, op, stream);
}

void reduce_scatter(Communicator& communicator, Block all, Block mine, ReduceOp op,
                    const CallOptions& options, std::source_location site) {
  run_call(communicator, prepare(communicator, all, mine, op, options, site));
}

Work reduce_scatter_async(Communicator& communicator, Block all, Block mine, ReduceOp op,
                          const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare(communicator, all, mine, op, options, site));
}

}  // namespace tutti
