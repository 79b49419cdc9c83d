#include "tutti/comm/reduce_scatter.h"

#include <bit>

#include "comm/call.h"
#include "tutti/comm/block_math.h"

namespace tutti {
namespace {

// Leaves the canonical sum of pieces [begin, end) in piece begin.
void fold(const std::vector<Block>& pieces, int begin, int end, ReduceOp op, const Stream& stream) {
  if (end - begin < 2) return;
  int middle = begin + static_cast<int>(std::bit_floor(static_cast<unsigned>(end - begin - 1)));
  ReduceOp inner{op.kind};
  fold(pieces, begin, middle, inner, stream);
  fold(pieces, middle, end, inner, stream);
  combine(stream, pieces[begin], pieces[begin], pieces[middle], op.kind, op.divisor);
}

void exchange_and_fold(Communicator& self, Block all, Block mine, ReduceOp op,
                       const Stream& stream) {
  const int rank = self.rank(), ranks = self.size();
  Scratch room = self.scratch({nullptr, mine.count * ranks, mine.dtype, mine.device});
  std::vector<Block> pieces;
  for (int r = 0; r < ranks; ++r)
    pieces.push_back(room.block.slice(mine.count * r, mine.count * (r + 1)));
  std::vector<Transfer> transfers;
  for (int step = 1; step < ranks; ++step) {
    int to = (rank + step) % ranks, from = (rank - step + ranks) % ranks;
    transfers.push_back(send_to(to, share(all, to, ranks)));
    transfers.push_back(receive_from(from, pieces[from]));
  }
  self.transport().exchange(transfers, stream);
  copy(stream, pieces[rank], share(all, rank, ranks));
  fold(pieces, 0, ranks, op, stream);
  copy(stream, mine, pieces[0]);
}

}  // namespace

void reduce_scatter(Communicator& communicator, Block all, Block mine, ReduceOp op,
                    const Stream* stream, std::source_location site) {
  Call call = begin_call(communicator,
                         {.collective = Collective::reduce_scatter,
                          .dtype = all.dtype,
                          .op = op,
                          .count = all.count,
                          .site = site},
                         all.device, stream);
  require_reducible(all.dtype, op, communicator.label("reduce_scatter"));
  Block place = share(all, communicator.rank(), communicator.size());
  if (mine.count != place.count || mine.dtype != all.dtype || mine.device != all.device)
    raise(communicator.label("reduce_scatter"), ": found ", mine.count, " x ", mine.dtype, " on ",
          mine.device, ", expected ", place.count, " x ", all.dtype, " on ", all.device,
          ": this rank's share of ", all.count);
  ReduceOp resolved = op.for_ranks(communicator.size());
  run_call(communicator, call, [&](Communicator& self, const Stream& own) {
    if (self.size() > 1) return exchange_and_fold(self, all, mine, resolved, own);
    if (mine.data != all.data) copy(own, mine, all);
    divide(own, mine, resolved.divisor);
  });
}

}  // namespace tutti
