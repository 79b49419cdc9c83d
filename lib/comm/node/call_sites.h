// The lines of the program that a rank's calls come from, by the numbers that its log gives them.
#pragma once

#include <cstdint>
#include <source_location>
#include <vector>

#include "comm/node/board.h"

namespace tutti {

/// Numbers each line, with each label, at its first call, and writes it to the log.
class CallSites {
 public:
  std::uint32_t index_of(const std::source_location& site, const CallLabel& label, CallLog& log) {
    const char* file = site.file_name();
    const auto line = static_cast<std::uint32_t>(site.line());
    const std::uint64_t word = label.text().empty() ? 0 : label.word();
    Site& cached = cache_[(reinterpret_cast<std::uintptr_t>(file) / 16 + line) % std::size(cache_)];
    if (cached.file != file || cached.line != line || cached.label != word)
      cached = find(site, label, log);
    return cached.index;
  }

 private:
  struct Site {
    const char* file = nullptr;
    std::uint32_t line = 0, index = 0;
    std::uint64_t label = 0;  ///< of a text
  };
  Site find(const std::source_location& site, const CallLabel& label, CallLog& log) {
    const char* file = site.file_name();
    const auto line = static_cast<std::uint32_t>(site.line());
    const std::uint64_t word = label.text().empty() ? 0 : label.word();
    for (const Site& known : sites_)
      if (known.file == file && known.line == line && known.label == word) return known;
    // Texts take half of the room at most: beyond it, lines are told without them.
    if (word != 0 && sites_.size() >= CallLog::sites / 2) {
      Site plain = find(site, {}, log);
      plain.label = word;
      return plain;
    }
    const auto index = static_cast<std::uint32_t>(sites_.size());
    if (index >= CallLog::unknown_site) return {file, line, CallLog::unknown_site, word};
    log.write_site(index, site, label.text());
    return sites_.emplace_back(Site{file, line, index, word});
  }

  Site cache_[64];
  std::vector<Site> sites_;
};

}  // namespace tutti
