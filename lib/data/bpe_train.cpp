#include <algorithm>
#include <queue>

#include "bpe_state.h"
#include "byte_alphabet.h"
#include "tutti/base/error.h"
#include "unicode_classes.h"
#include "words.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::Bpe::train";

// A word that occurs `count` times, as it is cut so far.
struct CountedWord {
  std::vector<std::uint32_t> tokens;
  std::int64_t count = 0;
};

struct Pair {
  std::int64_t count = 0;
  std::vector<std::uint32_t> words;  // where it occurs or did; some more than once
};

struct Frequent {
  std::int64_t count;
  std::uint64_t key;
};

// The most frequent, then the smallest numbers, come first.
struct ComesLater {
  bool operator()(const Frequent& a, const Frequent& b) const {
    return a.count != b.count ? a.count < b.count : a.key > b.key;
  }
};

// The words of a text, in which pairs are counted while they are joined.
class Joining {
 public:
  Joining(std::string_view text, const std::array<std::uint32_t, 256>& token_of_byte) {
    std::unordered_map<std::string_view, std::uint32_t> place_of;
    Words all(text);
    for (std::string_view word = all.next(); !word.empty(); word = all.next()) {
      auto [place, is_new] = place_of.try_emplace(word, words_.size());
      if (is_new) {
        auto& tokens = words_.emplace_back().tokens;
        for (char c : word) tokens.push_back(token_of_byte[static_cast<std::uint8_t>(c)]);
      }
      ++words_[place->second].count;
    }
    for (std::uint32_t w = 0; w < words_.size(); ++w)
      for (std::size_t i = 0; i + 1 < words_[w].tokens.size(); ++i)
        count_pair(w, words_[w].tokens[i], words_[w].tokens[i + 1], 1);
    for (const auto& [key, pair] : pairs_) queue_.push({pair.count, key});
  }

  /// The pair to be joined next; a count of 0 where there is none.
  Frequent most_frequent() {
    while (!queue_.empty()) {
      Frequent best = queue_.top();
      queue_.pop();
      const std::int64_t count = pairs_[best.key].count;
      if (count == best.count) return best;
      if (count > 0) queue_.push({count, best.key});  // it has become rarer
    }
    return {};
  }

  void join(std::uint64_t key, std::uint32_t token) {
    std::vector<std::uint32_t> words = std::move(pairs_[key].words);
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    for (std::uint32_t word : words) join_in(word, key, token);
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    for (std::uint64_t pair : grown_) queue_.push({pairs_[pair].count, pair});
    grown_.clear();
  }

 private:
  void count_pair(std::uint32_t word, std::uint32_t left, std::uint32_t right, int sign) {
    const std::uint64_t key = key_of({left, right});
    Pair& pair = pairs_[key];
    pair.count += sign * words_[word].count;
    if (sign < 0) return;
    if (pair.words.empty() || pair.words.back() != word) pair.words.push_back(word);
    grown_.push_back(key);
  }

  void join_in(std::uint32_t word, std::uint64_t key, std::uint32_t token) {
    std::vector<std::uint32_t>& tokens = words_[word].tokens;
    std::size_t kept = 0;  // as far the word is joined, in its own memory
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i + 1 == tokens.size() || key_of({tokens[i], tokens[i + 1]}) != key) {
        tokens[kept++] = tokens[i];
        continue;
      }
      const bool has_next = i + 2 < tokens.size();
      if (kept > 0) count_pair(word, tokens[kept - 1], tokens[i], -1);
      if (has_next) count_pair(word, tokens[i + 1], tokens[i + 2], -1);
      count_pair(word, tokens[i], tokens[i + 1], -1);
      if (kept > 0) count_pair(word, tokens[kept - 1], token, 1);
      if (has_next) count_pair(word, token, tokens[i + 2], 1);
      tokens[kept++] = token;
      ++i;
    }
    tokens.resize(kept);
  }

  std::vector<CountedWord> words_;
  PairMap<Pair> pairs_;
  std::priority_queue<Frequent, std::vector<Frequent>, ComesLater> queue_;
  std::vector<std::uint64_t> grown_;  // pairs that have become more frequent
};

}  // namespace

Bpe Bpe::train(std::string_view text, const BpeTraining& options) {
  if (options.merges < 0 || options.min_count < 1)
    raise(who, ": found ", options.merges, " merges and a minimal count of ", options.min_count,
          ", expected 0 or more and 1 or more");
  require_utf8(text, who);
  BpeState state;
  for (std::uint8_t byte : alphabet()) {
    state.token_of_byte[byte] = static_cast<std::uint32_t>(state.tokens.size());
    state.tokens.emplace_back(1, static_cast<char>(byte));
  }
  Joining joining(text, state.token_of_byte);
  std::unordered_map<std::string, std::uint32_t> token_of;  // two merges may give the same bytes
  while (state.merges.size() < static_cast<std::size_t>(options.merges)) {
    const auto [count, key] = joining.most_frequent();
    if (count < options.min_count) break;
    const TokenPair pair{static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key)};
    std::string bytes = state.tokens[pair.first] + state.tokens[pair.second];
    auto [place, is_new] =
        token_of.try_emplace(bytes, static_cast<std::uint32_t>(state.tokens.size()));
    if (is_new) state.tokens.push_back(std::move(bytes));
    state.add_merge(pair, place->second);
    joining.join(key, place->second);
  }
  state.end_of_text = static_cast<std::uint32_t>(state.tokens.size());
  state.tokens.emplace_back(end_of_text_name);
  return Bpe(std::make_shared<const BpeState>(std::move(state)));
}

}  // namespace tutti::data
