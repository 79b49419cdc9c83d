// What attention's probabilities are multiplied by where they are dropped out.
#pragma once

#include <algorithm>

#include "launch.h"
#include "ops/dropout_rule.h"
#include "philox_words.h"

namespace tutti::cpu {

/// 1 / (1 - dropout) for a pair that is kept, else 0: see AttentionRule. A row is a query of a
/// head.
template <class T>
class PairDraws {
 public:
  PairDraws(const launch::AttentionRule& rule, std::int64_t keys)
      : philox_(rule.draw.key),
        stream_(rule.draw.stream),
        calls_((keys + 3) / 4),
        threshold_(launch::dropout_threshold(rule.dropout)),
        kept_(static_cast<T>(1 / (1 - rule.dropout))) {}

  /// to[j * philox_calls + i] = that of row + i and key + j, for n keys.
  void tile(T* to, std::int64_t row, std::int64_t key, std::int64_t n) const {
    const T scale = kept_;
    const std::uint32_t threshold = threshold_;
    PhiloxWords words;
    for (std::int64_t call = key / 4; 4 * call < key + n; ++call) {
      draw(words, philox_, stream_, row * calls_ + call, calls_);
      for (std::int64_t k = 0; k < 4; ++k) {
        const std::int64_t j = 4 * call + k - key;
        if (j < 0 || j >= n) continue;
        for (int i = 0; i < philox_calls; ++i)
          to[j * philox_calls + i] = words[k][i] >> 8 >= threshold ? scale : T(0);
      }
    }
  }
  /// x[j] *= that of `row` and key j, for n keys.
  void drop(T* x, std::int64_t row, std::int64_t n) const {
    PhiloxWords words;
    for (std::int64_t first = 0; first < n; first += 4 * philox_calls) {
      draw(words, philox_, stream_, row * calls_ + first / 4);
      const std::int64_t end = std::min(n, first + 4 * philox_calls);
      for (std::int64_t j = first; j < end; ++j)
        x[j] *= words[j % 4][(j - first) / 4] >> 8 >= threshold_ ? kept_ : T(0);
    }
  }

 private:
  Philox philox_;
  std::uint64_t stream_;
  std::int64_t calls_;
  std::uint32_t threshold_;
  T kept_;
};

}  // namespace tutti::cpu
