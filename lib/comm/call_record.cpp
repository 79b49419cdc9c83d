#include "tutti/comm/call_record.h"

#include <bit>

namespace tutti {

std::string_view name(Collective collective) {
  constexpr std::string_view names[] = {"all_reduce", "reduce", "broadcast",       "reduce_scatter",
                                        "all_gather", "gather", "scatter",         "all_to_all",
                                        "barrier",    "split",  "symmetric_buffer"};
  return names[static_cast<int>(collective)];
}

std::uint32_t fingerprint(const CallRecord& call) {
  // Multiply and fold, a word at a time; the constant is 2^64 over the golden ratio.
  std::uint64_t hash = call.sequence;
  const auto add = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  };
  add(static_cast<std::uint64_t>(call.collective) | static_cast<std::uint64_t>(call.dtype) << 8 |
      static_cast<std::uint64_t>(call.device) << 16 | std::uint64_t{call.any_order} << 24 |
      std::uint64_t{call.algorithm} << 32 | static_cast<std::uint64_t>(call.op.kind) << 40 |
      std::uint64_t{call.op.by_ranks} << 48);
  add(std::bit_cast<std::uint64_t>(call.op.divisor) ^ static_cast<std::uint32_t>(call.root));
  add(call.count);
  add(call.memory);
  return static_cast<std::uint32_t>(hash);
}

std::ostream& operator<<(std::ostream& out, const CallRecord& call) {
  out << call.collective << " #" << call.sequence;
  if (call.count > 0) out << " of " << call.count << " x " << call.dtype;
  if (call.collective == Collective::all_reduce || call.collective == Collective::reduce ||
      call.collective == Collective::reduce_scatter) {
    out << ", " << call.op;
    if (call.any_order) out << " in any order";
    if (call.algorithm > 0) out << ", algorithm " << int{call.algorithm};
  }
  if (call.root >= 0) out << ", root " << call.root;
  if (call.device != DeviceKind::cpu) out << ", on a GPU";
  if (call.memory != 0) out << ", symmetric memory " << call.memory;
  return out;
}

}  // namespace tutti
