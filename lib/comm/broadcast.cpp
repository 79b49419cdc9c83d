#include "tutti/comm/broadcast.h"

#include <bit>

#include "comm/binomial.h"
#include "comm/call.h"

namespace tutti {

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

void broadcast(Communicator& communicator, Block data, int root, const Stream* stream,
               std::source_location site) {
  Call call = begin_call(communicator,
                         {.collective = Collective::broadcast,
                          .dtype = data.dtype,
                          .root = root,
                          .count = data.count,
                          .site = site},
                         data.device, stream);
  if (root < 0 || root >= communicator.size())
    raise(communicator.label("broadcast"), ": found root ", root, ", expected 0 to ",
          communicator.size() - 1);
  run_call(communicator, call, [&](Communicator& self, const Stream& own) {
    binomial_broadcast(self, data, root, own);
  });
}

}  // namespace tutti
