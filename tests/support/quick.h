// What QUICK_TESTS=1 in the environment leaves out, for sanitizers, under which all takes long.
#pragma once

#include <cstdlib>
#include <vector>

namespace tutti::test {

inline bool quick() {
  static const bool set = std::getenv("QUICK_TESTS") != nullptr;
  return set;
}

/// All of these numbers of ranks, or in quick tests those of one of a kind: 1, 2, 3, 4 and 6.
inline std::vector<int> rank_counts(std::vector<int> all) {
  if (quick()) std::erase_if(all, [](int ranks) { return ranks == 5 || ranks > 6; });
  return all;
}

/// So many rounds, or in quick tests a quarter of them.
inline int rounds(int all) {
  return quick() ? (all + 3) / 4 : all;
}

}  // namespace tutti::test
