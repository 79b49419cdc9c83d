#include <bit>
#include <cstdio>
#include <string_view>

#include "comm/node/board.h"

namespace tutti {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

void CallLog::write(const CallRecord& call, std::uint32_t site) {
  Word* words = entries_[call.sequence % kept].words;
  words[0].store(0, relaxed);
  const std::uint64_t kinds =
      static_cast<std::uint64_t>(call.collective) | static_cast<std::uint64_t>(call.dtype) << 8 |
      static_cast<std::uint64_t>(call.device) << 16 | std::uint64_t{call.any_order} << 24 |
      std::uint64_t{call.algorithm} << 32 | static_cast<std::uint64_t>(call.op.kind) << 40 |
      std::uint64_t{call.op.by_ranks} << 48;
  words[1].store(kinds, std::memory_order_release);  // after the 0
  words[2].store(std::bit_cast<std::uint64_t>(call.op.divisor), std::memory_order_release);
  words[3].store(static_cast<std::uint32_t>(call.root) | std::uint64_t{site} << 32,
                 std::memory_order_release);
  words[4].store(call.count, std::memory_order_release);
  words[5].store(call.memory, std::memory_order_release);
  words[0].store(call.sequence, std::memory_order_release);
  last_.store(call.sequence, std::memory_order_release);
}

bool CallLog::read(std::uint64_t sequence, CallRecord& call, std::uint32_t& site) const {
  const Word* words = entries_[sequence % kept].words;
  if (sequence == 0 || words[0].load(std::memory_order_acquire) != sequence) return false;
  std::uint64_t copy[6];
  for (int i = 1; i < 6; ++i) copy[i] = words[i].load(std::memory_order_acquire);
  if (words[0].load(std::memory_order_acquire) != sequence) return false;
  call.sequence = sequence;
  call.collective = static_cast<Collective>(copy[1] & 0xff);
  call.dtype = static_cast<Dtype>(copy[1] >> 8 & 0xff);
  call.device = static_cast<DeviceKind>(copy[1] >> 16 & 0xff);
  call.any_order = copy[1] >> 24 & 1;
  call.algorithm = static_cast<std::uint8_t>(copy[1] >> 32);
  call.op = {static_cast<ReduceOp::Kind>(copy[1] >> 40 & 0xff), std::bit_cast<double>(copy[2]),
             (copy[1] >> 48 & 1) != 0};
  call.root = static_cast<std::int32_t>(copy[3]);
  site = static_cast<std::uint32_t>(copy[3] >> 32);
  call.count = copy[4];
  call.memory = copy[5];
  return true;
}

void CallLog::write_site(std::uint32_t index, const std::source_location& site) {
  std::string_view file = site.file_name();
  if (auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  std::snprintf(sites_[index % sites], sizeof sites_[0], "%.90s:%u", file.data(),
                static_cast<unsigned>(site.line()));
}

}  // namespace tutti
