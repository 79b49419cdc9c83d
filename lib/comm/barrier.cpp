#include "tutti/comm/barrier.h"

#include "comm/call.h"
#include "comm/meet_all.h"

namespace tutti {

void barrier(Communicator& communicator, std::source_location site) {
  Call call = begin_call(communicator, {.collective = Collective::barrier, .site = site},
                         DeviceId{}, nullptr);
  run_call(communicator, call,
           [](Communicator& self, const Stream&) { meet_all(self.transport()); });
}

}  // namespace tutti
