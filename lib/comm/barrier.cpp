#include "tutti/comm/barrier.h"

#include "comm/call.h"

namespace tutti {

void barrier(Communicator& communicator) {
  communicator.begin_call();
  run_call(communicator, DeviceId{}, CpuStream{}, [](Communicator& self, const Stream& stream) {
    const int rank = self.rank(), ranks = self.size();
    std::uint8_t signal = 0, seen = 0;
    for (int distance = 1; distance < ranks; distance *= 2)
      self.exchange({send_to((rank + distance) % ranks, block_of(&signal, 1)),
                     receive_from((rank - distance + ranks) % ranks, block_of(&seen, 1))},
                    stream);
  });
}

}  // namespace tutti
