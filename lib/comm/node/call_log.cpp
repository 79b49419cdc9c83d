#include <string>
#include <string_view>

#include "comm/node/board.h"

namespace tutti {

bool CallLog::read(std::uint64_t sequence, CallRecord& call, std::uint32_t& site) const {
  const Word* words = entries_[sequence % kept].words;
  if (sequence == 0 || words[0].load(std::memory_order_acquire) != sequence) return false;
  CallWords copy{sequence};
  for (std::size_t i = 1; i < copy.size(); ++i) copy[i] = words[i].load(std::memory_order_acquire);
  if (words[0].load(std::memory_order_acquire) != sequence) return false;
  call = call_of(copy);
  site = site_in(copy);
  return true;
}

void CallLog::write_site(std::uint32_t index, const std::source_location& site,
                         std::string_view label) {
  std::string line = text_of(site);
  if (line.size() > 90) line.erase(0, line.size() - 90);
  if (!label.empty()) line += text(" (\"", label.substr(0, 40), "\")");
  line.copy(sites_[index % sites], sizeof sites_[0] - 1);
}

}  // namespace tutti
