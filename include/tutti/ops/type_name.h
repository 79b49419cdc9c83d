// The name of a type, for messages and op names.
#pragma once

#include <string_view>

namespace tutti {

/// T's own name without its namespaces: "Gelu" for tutti::Gelu.
template <class T>
consteval std::string_view type_name() {
  // "... [with T = tutti::Gelu; ...]" by GCC, "... [T = tutti::Gelu]" by Clang.
  std::string_view text = __PRETTY_FUNCTION__;
  std::string_view rest = text.substr(text.find("T = ") + 4);
  std::string_view whole = rest.substr(0, rest.find_first_of(";]<"));
  std::size_t colon = whole.rfind(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

}  // namespace tutti
