// How errors write what a file says.
#pragma once

#include <string>
#include <string_view>

namespace tutti::io {

/// In quotes, one line, and not longer than a message bears.
inline std::string shown_name(std::string_view name) {
  constexpr std::size_t most = 100;
  std::string out = "\"";
  for (char c : name.substr(0, most))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out + (name.size() > most ? "...\"" : "\"");
}

}  // namespace tutti::io
