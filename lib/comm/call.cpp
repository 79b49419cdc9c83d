#include "comm/call.h"

namespace tutti {

// FNV-1a, folded: Fowler, Noll, Vo, in RFC 9923.
std::uint16_t hash_of_line(const std::source_location& site) {
  std::string_view file = site.file_name();
  file.remove_prefix(file.rfind('/') + 1);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : file) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ site.line()) * 0x100000001b3;
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
