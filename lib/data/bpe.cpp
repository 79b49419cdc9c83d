#include "tutti/data/bpe.h"

#include <queue>
#include <tuple>
#include <unordered_map>

#include "bpe_state.h"
#include "tutti/base/error.h"
#include "unicode_classes.h"
#include "words.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::Bpe";

// A word's tokens as a list in which neighbours are joined.
struct Symbol {
  std::uint32_t token;
  std::uint32_t before;
  std::uint32_t after;
  bool joined = false;  // to the one before
};

struct Candidate {
  std::uint32_t rank;
  std::uint32_t left;  // a place in the list
  std::uint32_t token;
};

// The lowest rank, then the leftmost, comes first.
struct ComesLater {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return std::tie(a.rank, a.left) > std::tie(b.rank, b.left);
  }
};

// Its buffers serve all words of a text.
class Merger {
 public:
  explicit Merger(const BpeState& state) : state_(state) {}

  void append(std::string_view word, std::vector<std::int64_t>& out) {
    symbols_.clear();
    for (std::uint32_t i = 0; i < word.size(); ++i)
      symbols_.push_back({state_.token_of_byte[static_cast<std::uint8_t>(word[i])], i - 1, i + 1});
    for (std::uint32_t i = 0; i + 1 < symbols_.size(); ++i) consider(i);
    while (!queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      join(best);
    }
    for (std::size_t i = 0; i < symbols_.size(); i = symbols_[i].after)
      out.push_back(symbols_[i].token);
  }

 private:
  const BpeState::Merge* merge_at(std::uint32_t left) const {
    const std::uint32_t right = symbols_[left].after;
    if (right >= symbols_.size()) return nullptr;
    auto found = state_.merge_of.find(key_of({symbols_[left].token, symbols_[right].token}));
    return found == state_.merge_of.end() ? nullptr : &found->second;
  }

  void consider(std::uint32_t left) {
    if (const auto* merge = merge_at(left)) queue_.push({merge->rank, left, merge->token});
  }

  void join(const Candidate& candidate) {
    Symbol& left = symbols_[candidate.left];
    if (left.joined) return;
    const auto* merge = merge_at(candidate.left);
    if (!merge || merge->rank != candidate.rank) return;  // a neighbour has changed since
    Symbol& right = symbols_[left.after];
    right.joined = true;
    left.token = candidate.token;
    left.after = right.after;
    if (left.after < symbols_.size()) symbols_[left.after].before = candidate.left;
    if (left.before < symbols_.size()) consider(left.before);
    consider(candidate.left);
  }

  const BpeState& state_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate, std::vector<Candidate>, ComesLater> queue_;
};

}  // namespace

std::int64_t Bpe::vocabulary_size() const {
  return static_cast<std::int64_t>(state_->tokens.size());
}

std::int64_t Bpe::merges() const {
  return static_cast<std::int64_t>(state_->merges.size());
}

std::string_view Bpe::token(std::int64_t token) const {
  if (token < 0 || token >= vocabulary_size())
    raise(who, ": found token ", token, ", expected 0 to ", vocabulary_size() - 1);
  return state_->tokens[static_cast<std::size_t>(token)];
}

std::int64_t Bpe::end_of_text() const {
  if (state_->end_of_text == BpeState::none)
    raise(who, ": found no token ", end_of_text_name, " among ", vocabulary_size(),
          ", expected one; add it to vocab.json");
  return state_->end_of_text;
}

std::vector<std::int64_t> Bpe::encode(std::string_view text, EndOfText end_of_text) const {
  require_utf8(text, "data::Bpe::encode");
  std::vector<std::int64_t> out;
  out.reserve(text.size() / 3);
  Merger merger(*state_);
  std::unordered_map<std::string_view, std::pair<std::size_t, std::size_t>> known;  // parts of out
  const bool recognise =
      end_of_text == EndOfText::recognised && state_->end_of_text != BpeState::none;
  while (true) {
    const std::size_t end = recognise ? text.find(end_of_text_name) : std::string_view::npos;
    Words words(text.substr(0, end));
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
      auto [place, is_new] = known.try_emplace(word);
      auto& [begin, count] = place->second;
      if (is_new) {
        begin = out.size();
        merger.append(word, out);
        count = out.size() - begin;
      } else {
        for (std::size_t i = 0; i < count; ++i) out.push_back(out[begin + i]);
      }
    }
    if (end == std::string_view::npos) return out;
    out.push_back(state_->end_of_text);
    text.remove_prefix(end + end_of_text_name.size());
  }
}

std::string Bpe::decode(std::span<const std::int64_t> tokens) const {
  std::string out;
  for (std::int64_t number : tokens) out += token(number);
  return out;
}

}  // namespace tutti::data
