// Catch2, version 2 (Debian 12) or 3, with the names of version 2.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

#include <concepts>
#include <string>
#include <utility>

using Catch::Approx;

namespace Catch::Matchers {

/// Of strings, where version 3 would look for one element in a range.
template <std::convertible_to<std::string> S>
auto Contains(S&& part) {
  return ContainsSubstring(std::forward<S>(part));
}

}  // namespace Catch::Matchers

namespace Catch {
using Matchers::Contains;
}
#else
#include <catch2/catch.hpp>
#endif
