#include "tutti/data/token_dataset.h"

#include <limits>
#include <utility>

#include "base/mapped_file.h"
#include "file_bytes.h"
#include "windows.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::TokenDataset";

template <class F>
decltype(auto) visit_type(TokenType type, F&& f) {
  switch (type) {
    case TokenType::u16:
      return f.template operator()<std::uint16_t>();
    case TokenType::u32:
      return f.template operator()<std::uint32_t>();
    case TokenType::i32:
      return f.template operator()<std::int32_t>();
  }
  raise(who, ": found token type ", static_cast<int>(type), ", expected one of TokenType");
}

std::size_t size_of(TokenType type) {
  return visit_type(type, []<class Token>() { return sizeof(Token); });
}

Windows windows(const TokenOptions& options) {
  return {options.context, options.stride};
}

}  // namespace

struct TokenDataset::File : MappedFile {
  using MappedFile::MappedFile;
};

TokenDataset::TokenDataset(const std::filesystem::path& path, const TokenOptions& options)
    : name_(path.string()), options_(options) {
  if (options_.vocabulary < 1 || options_.context < 1 || options_.stride < 1)
    raise(who, ": found vocabulary ", options_.vocabulary, ", context ", options_.context,
          " and stride ", options_.stride, ", expected 1 or more of each");
  file_ = std::make_unique<const File>(path, who);
  const std::size_t bytes = file_->bytes().size(), token = size_of(options_.type);
  if (bytes % token != 0)
    raise(who, ": ", name_, ": truncated at byte ", bytes, ": expected whole tokens of ", token,
          " bytes each; or is it of another TokenType?");
  length_ = static_cast<std::int64_t>(bytes / token);
  if (options_.context >= length_)
    raise(who, ": ", name_, ": found ", length_, " tokens, expected more than the context of ",
          options_.context, "; take a longer file or a smaller context");
}

TokenDataset::~TokenDataset() = default;

std::int64_t TokenDataset::size() const {
  return windows(options_).count(length_);
}

std::vector<Field> TokenDataset::fields() const {
  return windows(options_).fields();
}

Batch TokenDataset::batch(std::span<const std::int64_t> indices) const {
  require_indices(indices);
  Batch batch = empty_batch(indices);
  visit_type(options_.type, [&]<class Token>() {
    windows(options_).copy(reinterpret_cast<const Token*>(file_->bytes().data()), indices, batch);
  });
  for (bool last : {false, true}) {  // all tokens, and what follows the last of each sample
    const Tensor& tokens = batch[last ? "targets" : "tokens"];
    const auto* token = tokens.data<std::int64_t>();
    for (std::int64_t i = last ? options_.context - 1 : 0; i < tokens.count();
         i += last ? options_.context : 1)
      if (token[i] < 0 || token[i] >= options_.vocabulary) {
        const std::int64_t sample = indices[static_cast<std::size_t>(i / options_.context)];
        const std::int64_t place = sample * options_.stride + i % options_.context + last;
        raise(who, ": ", name_, ": found token ", token[i], " at byte ",
              place * static_cast<std::int64_t>(size_of(options_.type)), ", expected 0 to ",
              options_.vocabulary - 1, "; or is it of another TokenType?");
      }
  }
  return batch;
}

void write_tokens(const std::filesystem::path& path, std::span<const std::int64_t> tokens,
                  TokenType type) {
  constexpr std::string_view writing = "data::write_tokens";
  visit_type(type, [&]<class Token>() {
    std::vector<Token> held;
    held.reserve(tokens.size());
    for (std::int64_t token : tokens) {
      if (!std::in_range<Token>(token) || token < 0)
        raise(writing, ": ", path.string(), ": found token ", token, " at place ", held.size(),
              ", expected 0 to ", std::numeric_limits<Token>::max(), "; take another TokenType");
      held.push_back(static_cast<Token>(token));
    }
    write_file(path, {{reinterpret_cast<const char*>(held.data()), held.size() * sizeof(Token)}},
               writing);
  });
}

}  // namespace tutti::data
