#include <bit>
#include <cstdio>
#include <string_view>

#include "comm/node/board.h"

namespace tutti {
bool CallLog::read(std::uint64_t sequence, CallRecord& call, std::uint32_t& site) const {
  const Word* words = entries_[sequence % kept].words;
  if (sequence == 0 || words[0].load(std::memory_order_acquire) != sequence) return false;
  std::uint64_t copy[7];
  for (int i = 1; i < 7; ++i) copy[i] = words[i].load(std::memory_order_acquire);
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
  call.parts = copy[6];
  return true;
}

void CallLog::write_site(std::uint32_t index, const std::source_location& site) {
  std::string_view file = site.file_name();
  if (auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  std::snprintf(sites_[index % sites], sizeof sites_[0], "%.90s:%u", file.data(),
                static_cast<unsigned>(site.line()));
}

}  // namespace tutti
