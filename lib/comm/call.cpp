#include "comm/call.h"

namespace tutti {

const Stream& stream_of_caller(const Communicator& communicator, const Call& call,
                               const Stream* stream) {
  const Stream& own = communicator.stream(call.where);
  if (!stream && call.where.kind != DeviceKind::cpu)
    raise(communicator.label(name(call.record.collective)), ": found no stream for a block on ",
          call.where, ", expected the one that computes it; pass &device.stream()");
  return stream ? *stream : own;
}

}  // namespace tutti
