// A text as numbers, a piece of a word each: byte-level byte-pair encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tutti::data {

struct BpeState;

struct BpeTraining {
  std::int64_t merges = 1000;  ///< at most; 0 or more
  std::int64_t min_count = 2;  ///< pairs that are rarer are not merged; at least 1
};

/// What encode() does with the characters <|endoftext|>.
enum class EndOfText : std::uint8_t { recognised, ordinary };

/// Cuts a text into words as GPT-2 does, begins with a token for each of a word's bytes, and joins
/// two neighbours after the other, those first that the list of merges names first. Every text of
/// UTF-8 can be encoded, and decode() gives it back. A shared handle, cheap to copy; any number of
/// threads may use it at once.
///
///   auto bpe = data::Bpe::from_files("gpt2/vocab.json", "gpt2/merges.txt");
///   auto tokens = bpe.encode("Hello world");   // 15496, 995
///
/// Sources: Sennrich, Haddow, Birch: "Neural machine translation of rare words with subword units",
/// ACL 2016; Radford et al.: "Language models are unsupervised multitask learners", 2019. Letters,
/// numbers and white space are those of Unicode 16.
class Bpe {
 public:
  static constexpr std::string_view end_of_text_name = "<|endoftext|>";

  /// Reads GPT-2's two files: tokens with their numbers, and merges in the order of their rank, a
  /// line each. Error naming file and line, token or byte for what is damaged: numbers that are not
  /// 0 to n - 1 once each, a byte without a token, a merge that comes twice or of what is no token.
  static Bpe from_files(const std::filesystem::path& vocabulary,
                        const std::filesystem::path& merges);

  /// A vocabulary of its own: 256 bytes in GPT-2's order, a token for each merge, and <|endoftext|>
  /// as the last one. Joins the most frequent pair of neighbours again and again; among equally
  /// frequent ones that of the smallest numbers, the left one first: the merges of Hugging Face's
  /// trainer. Ends early where no pair is frequent enough. Error for a text that is not UTF-8, with
  /// the offset.
  static Bpe train(std::string_view text, const BpeTraining& options = {});

  /// Writes what from_files() reads, over what was there. Error naming the file.
  void save(const std::filesystem::path& vocabulary, const std::filesystem::path& merges) const;

  /// How many tokens there are: they are 0 to vocabulary_size() - 1.
  std::int64_t vocabulary_size() const;
  std::int64_t merges() const;
  /// The bytes of a token. Error for one that is none. Valid while a handle lives.
  std::string_view token(std::int64_t token) const;
  /// The token <|endoftext|>. Error where the vocabulary has none.
  std::int64_t end_of_text() const;

  /// Error for a text that is not UTF-8, with the offset. <|endoftext|> is recognised only where
  /// the vocabulary has it. Takes time in proportion to the text's size.
  std::vector<std::int64_t> encode(std::string_view text,
                                   EndOfText end_of_text = EndOfText::recognised) const;
  /// The bytes of all tokens: UTF-8 where they came from a text, though not cut anywhere. Error for
  /// what is no token.
  std::string decode(std::span<const std::int64_t> tokens) const;

 private:
  explicit Bpe(std::shared_ptr<const BpeState> state) : state_(std::move(state)) {}

  std::shared_ptr<const BpeState> state_;
};

}  // namespace tutti::data
