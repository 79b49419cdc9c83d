// A call as other ranks read it: in a log, or in a message.
#pragma once

#include <array>

#include "tutti/comm/call_record.h"

namespace tutti {

/// Without its line in the program, for which `site` stands, and without the peers of a send.
using CallWords = std::array<std::uint64_t, 8>;

inline CallWords words_of(const CallRecord& call, std::uint32_t site) {
  return {call.sequence,
          packed_kinds(call),
          std::bit_cast<std::uint64_t>(call.op.divisor),
          static_cast<std::uint32_t>(call.root) | std::uint64_t{site} << 32,
          call.count,
          call.memory,
          call.parts,
          call.label};
}

inline std::uint32_t site_in(const CallWords& words) {
  return static_cast<std::uint32_t>(words[3] >> 32);
}

inline CallRecord call_of(const CallWords& words) {
  CallRecord call;
  call.sequence = words[0];
  call.collective = static_cast<Collective>(words[1] & 0xff);
  call.dtype = static_cast<Dtype>(words[1] >> 8 & 0xff);
  call.device = static_cast<DeviceKind>(words[1] >> 16 & 0xff);
  call.any_order = words[1] >> 24 & 1;
  call.in_place = words[1] >> 25 & 1;
  call.algorithm = static_cast<std::uint8_t>(words[1] >> 32);
  call.line = words[1] >> 49 & 0x7fff;
  call.op = {static_cast<ReduceOp::Kind>(words[1] >> 40 & 0xff), std::bit_cast<double>(words[2]),
             (words[1] >> 48 & 1) != 0};
  call.root = static_cast<std::int32_t>(words[3]);
  call.count = words[4];
  call.memory = words[5];
  call.parts = words[6];
  call.label = words[7];
  return call;
}

}  // namespace tutti
