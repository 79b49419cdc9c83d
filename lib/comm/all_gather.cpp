#include "tutti/comm/all_gather.h"

#include "comm/call.h"

namespace tutti {

void all_gather(Communicator& communicator, Block mine, Block all, const Stream* stream,
                std::source_location site) {
  Call call = begin_call(
      communicator,
      {.collective = Collective::all_gather, .dtype = all.dtype, .count = all.count, .site = site},
      all.device, stream);
  const int rank = communicator.rank(), ranks = communicator.size();
  Block place = share(all, rank, ranks);
  if (mine.count != place.count || mine.dtype != all.dtype || mine.device != all.device)
    raise(communicator.label("all_gather"), ": found ", mine.count, " x ", mine.dtype, " on ",
          mine.device, ", expected ", place.count, " x ", all.dtype, " on ", all.device,
          ": this rank's share of ", all.count);
  run_call(communicator, call, [&](Communicator& self, const Stream& own) {
    if (place.data != mine.data) copy(own, place, mine);
    std::vector<Transfer> transfers;
    for (int step = 1; step < ranks; ++step) {  // every rank starts with another peer
      int to = (rank + step) % ranks, from = (rank - step + ranks) % ranks;
      transfers.push_back(send_to(to, place));
      transfers.push_back(receive_from(from, share(all, from, ranks)));
    }
    self.transport().exchange(transfers, own);
  });
}

}  // namespace tutti
