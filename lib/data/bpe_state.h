// What a Bpe consists of.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tutti/data/bpe.h"

namespace tutti::data {

using TokenPair = std::pair<std::uint32_t, std::uint32_t>;

constexpr std::uint64_t key_of(TokenPair pair) {
  return std::uint64_t{pair.first} << 32 | pair.second;
}

/// Of keys that differ in few bits. Source: Knuth: The art of computer programming, 6.4.
struct PairHash {
  std::size_t operator()(std::uint64_t key) const {
    key *= 0x9e3779b97f4a7c15u;
    return key ^ key >> 32;
  }
};

template <class T>
using PairMap = std::unordered_map<std::uint64_t, T, PairHash>;

struct BpeState {
  struct Merge {
    std::uint32_t rank;
    std::uint32_t token;
  };
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::string> tokens;  ///< their bytes
  std::vector<TokenPair> merges;    ///< in the order of their ranks
  PairMap<Merge> merge_of;
  std::array<std::uint32_t, 256> token_of_byte{};
  std::uint32_t end_of_text = none;

  /// Appends a merge; false where there is one of this pair.
  bool add_merge(TokenPair pair, std::uint32_t token) {
    const auto rank = static_cast<std::uint32_t>(merges.size());
    if (!merge_of.try_emplace(key_of(pair), Merge{rank, token}).second) return false;
    merges.push_back(pair);
    return true;
  }
};

}  // namespace tutti::data
