#include "comm/call.h"

namespace tutti {

std::uint16_t hash_of_line(const std::source_location& site) {
  const std::uint64_t hash = CallLabel(text_of(site)).word();
  return static_cast<std::uint16_t>((hash ^ hash >> 15 ^ hash >> 30 ^ hash >> 45) & 0x7fff);
}

const Stream& stream_of_caller(const Communicator& communicator, const Call& call,
                               const Stream* stream) {
  const Stream& own = communicator.stream(call.where);
  if (!stream && call.where.kind != DeviceKind::cpu)
    raise(communicator.label(name(call.record.collective)), ": found no stream for a block on ",
          call.where, ", expected the one that computes it; pass &device.stream()");
  return stream ? *stream : own;
}

}  // namespace tutti
