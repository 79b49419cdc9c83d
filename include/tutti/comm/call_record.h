// What a rank says about a collective call, so that others can compare it.
#pragma once

#include <cstdint>
#include <ostream>
#include <source_location>
#include <string_view>

#include "tutti/base/block.h"
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
};

std::string_view name(Collective collective);
inline std::ostream& operator<<(std::ostream& out, Collective collective) {
  return out << name(collective);
}

/// One call of one rank. All fields but the site must be equal on all ranks.
struct CallRecord {
  std::uint64_t sequence = 0;  ///< how many calls on this communicator, this one included
  Collective collective = Collective::barrier;
  Dtype dtype = Dtype::u8;
  DeviceKind device = DeviceKind::cpu;
  bool any_order = false;
  std::uint8_t algorithm = 0;  ///< 1 + its place in the table; 0: chosen by the library
  ReduceOp op{};
  std::int32_t root = -1;
  std::uint64_t count = 0;   ///< 0 where ranks may pass different counts
  std::uint64_t memory = 0;  ///< which symmetric memory; 0: ordinary
  std::source_location site{};
};

/// Two calls with different fingerprints differ in a field that ranks must agree on.
std::uint32_t fingerprint(const CallRecord& call);

/// "all_reduce #117 of 1000 x f32, sum".
std::ostream& operator<<(std::ostream& out, const CallRecord& call);

}  // namespace tutti
