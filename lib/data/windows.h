// Samples of a long row of tokens.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "tutti/data/dataset.h"

namespace tutti::data {

/// Pieces of `context` tokens, each with what follows every one of them, that begin every `stride`
/// tokens.
struct Windows {
  std::int64_t context;
  std::int64_t stride;

  /// How many there are in `length` tokens, which are more than `context`.
  std::int64_t count(std::int64_t length) const { return (length - context - 1) / stride + 1; }

  std::vector<Field> fields() const {
    return {{"tokens", {context}, Dtype::i64}, {"targets", {context}, Dtype::i64}};
  }

  /// Writes the windows `indices` of what begins at `tokens` into a batch of fields().
  template <class Token>
  void copy(const Token* tokens, std::span<const std::int64_t> indices, const Batch& batch) const {
    auto* token = batch["tokens"].mutable_data<std::int64_t>();
    auto* target = batch["targets"].mutable_data<std::int64_t>();
    for (std::int64_t i : indices) {
      const Token* from = tokens + i * stride;
      token = std::copy_n(from, context, token);
      target = std::copy_n(from + 1, context, target);
    }
  }
};

}  // namespace tutti::data
