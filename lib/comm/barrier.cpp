#include "tutti/comm/barrier.h"

#include "comm/call.h"
#include "comm/meet_all.h"

namespace tutti {
namespace {

auto prepare(Communicator& communicator, const CallLabel& label, const std::source_location& site) {
  const Call call = begin_call(communicator, {.collective = Collective::barrier, .site = site},
                               DeviceId{}, {.label = label});
  return PreparedCall{call, [](Communicator& self, const Stream&) { meet_all(self.transport()); }};
}

}  // namespace

void barrier(Communicator& communicator, CallLabel label, std::source_location site) {
  run_call(communicator, prepare(communicator, label, site));
}

Work barrier_async(Communicator& communicator, CallLabel label, std::source_location site) {
  return start_call(communicator, prepare(communicator, label, site));
}

}  // namespace tutti
