// What a rank says about a collective call, so that others can compare it.
#pragma once

#include <bit>
#include <cstdint>
#include <ostream>
#include <source_location>
#include <string>
#include <string_view>

#include "tutti/base/block.h"
#include "tutti/comm/call_label.h"
#include "tutti/comm/reduce_op.h"

namespace tutti {

enum class Collective : std::uint8_t {
  all_reduce,
  reduce,
  broadcast,
  reduce_scatter,
  all_gather,
  gather,
  scatter,
  all_to_all,
  barrier,
  split,
  symmetric_buffer,
  send,  ///< of two ranks, recv included: not numbered, compared by these two alone
};

std::string_view name(Collective collective);
inline std::ostream& operator<<(std::ostream& out, Collective collective) {
  return out << name(collective);
}

/// One call of one rank. All fields but `to`, `from` and the site must be equal on all ranks.
struct CallRecord {
  std::uint64_t sequence =
      0;  ///< how many calls on this communicator, this one included; 0: a send
  Collective collective = Collective::barrier;
  Dtype dtype = Dtype::u8;
  DeviceKind device = DeviceKind::cpu;
  bool any_order = false;
  bool in_place = false;       ///< where ranks must agree on it
  std::uint8_t algorithm = 0;  ///< 1 + its place in the table; 0: chosen by the library
  ReduceOp op{};
  std::int32_t root = -1;
  std::uint64_t count = 0;          ///< 0 where ranks may pass different counts
  std::uint64_t parts = 0;          ///< hash of the counts of a v-form
  std::uint64_t memory = 0;         ///< which symmetric memory; 0: ordinary
  std::uint64_t label = 0;          ///< CallLabel::word(): what it is for
  std::uint16_t line = 0;           ///< hash of its line in the program where those are compared
  std::int32_t to = -1, from = -1;  ///< peers of a send
  std::source_location site{};
};

/// The kinds of a call in one word.
inline std::uint64_t packed_kinds(const CallRecord& call) {
  return static_cast<std::uint64_t>(call.collective) | static_cast<std::uint64_t>(call.dtype) << 8 |
         static_cast<std::uint64_t>(call.device) << 16 | std::uint64_t{call.any_order} << 24 |
         std::uint64_t{call.in_place} << 25 | std::uint64_t{call.algorithm} << 32 |
         static_cast<std::uint64_t>(call.op.kind) << 40 | std::uint64_t{call.op.by_ranks} << 48 |
         static_cast<std::uint64_t>(call.line & 0x7fff) << 49;
}

/// Calls with different fingerprints differ in a field that ranks must agree on; equal ones agree,
/// but for one chance in 2^32. Multilinear hashing: Lemire, Kaser: "Strongly universal string
/// hashing is fast", Computer Journal 57, 2014.
inline std::uint32_t fingerprint(const CallRecord& call) {
  const std::uint64_t sum =
      packed_kinds(call) * 0x9e3779b97f4a7c15u + call.count * 0xc2b2ae3d27d4eb4fu +
      call.memory * 0x165667b19e3779f9u + call.label * 0x8ebc6af09c88c6e3u +
      call.parts * 0xe7037ed1a0b428dbu +
      std::bit_cast<std::uint64_t>(call.op.divisor) * 0xd6e8feb86659fd93u +
      (call.sequence << 32 ^ static_cast<std::uint32_t>(call.root)) * 0xa0761d6478bd642fu;
  return static_cast<std::uint32_t>((sum ^ sum >> 29) * 0xbf58476d1ce4e5b9u >> 32);
}

/// The call in 64 bits: its sequence number and its fingerprint.
inline std::uint64_t flag_of(const CallRecord& call) {
  return call.sequence << 32 | fingerprint(call);
}

/// "train.cpp:88".
std::string text_of(const std::source_location& site);

/// What ranks that made two different calls should have done: "pass the same count".
std::string required_agreement(const CallRecord& a, const CallRecord& b);

/// "all_reduce #117 of 1000 x f32, sum".
std::ostream& operator<<(std::ostream& out, const CallRecord& call);

}  // namespace tutti
