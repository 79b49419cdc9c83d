#include "comm/call.h"

namespace tutti {

Call begin_call_on_device(const Communicator& communicator, const CallRecord& record,
                          DeviceId where, const Stream* stream) {
  const Stream& own = communicator.stream(where);
  if (!stream && where.kind != DeviceKind::cpu)
    raise(communicator.label(name(record.collective)), ": found no stream for a block on ", where,
          ", expected the one that computes it; pass &device.stream()");
  return {record, where, stream ? *stream : own};
}

}  // namespace tutti
