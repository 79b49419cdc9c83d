// Pieces of a long row of tokens in a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tutti/data/dataset.h"

namespace tutti::data {

/// How a file holds a token: little-endian, one after the other, without a header.
enum class TokenType : std::uint8_t { u16, u32, i32 };

struct TokenOptions {
  std::int64_t vocabulary = 0;  ///< tokens are 0 to vocabulary - 1; at least 1
  std::int64_t context = 64;    ///< tokens in a sample; at least 1
  std::int64_t stride = 1;      ///< from the beginning of one sample to the next's; at least 1
  TokenType type = TokenType::u16;
};

/// Batches of tokens i64 [n, context] and targets i64 [n, context]: sample i is the file's tokens
/// from position i * stride on, and the same one position later. With a stride of `context` the
/// targets are the tokens from the second on, once each.
///
///   data::write_tokens("train.bin", bpe.encode(text));
///   data::TokenDataset train("train.bin", {.vocabulary = bpe.vocabulary_size(), .context = 256});
///
/// The file is mapped: it may be larger than memory, ranks of a node share what they read of it,
/// and it must not become shorter meanwhile. Error naming the file where its size is not that of
/// whole tokens, or where they are not more than the context; in batch(), naming file and byte, for
/// a token that is not below `vocabulary`.
class TokenDataset : public Dataset {
 public:
  explicit TokenDataset(const std::filesystem::path& path, const TokenOptions& options);
  ~TokenDataset() override;

  std::int64_t size() const override;
  std::vector<Field> fields() const override;
  Batch batch(std::span<const std::int64_t> indices) const override;

  /// The tokens in the file.
  std::int64_t length() const { return length_; }

 private:
  struct File;

  std::string name_;
  TokenOptions options_;
  std::unique_ptr<const File> file_;
  std::int64_t length_ = 0;
};

/// Writes a file of these tokens, over what was there. Error naming the file where it cannot be
/// written, and the token and its place where the type does not hold it.
void write_tokens(const std::filesystem::path& path, std::span<const std::int64_t> tokens,
                  TokenType type = TokenType::u16);

}  // namespace tutti::data
