// Pieces of a text, each with what follows every character.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tutti/data/characters.h"
#include "tutti/data/dataset.h"
#include "tutti/data/split.h"

namespace tutti::data {

struct TextOptions {
  std::int64_t context = 64;  ///< characters in a sample; at least 1
  std::int64_t stride = 1;    ///< from the beginning of one sample to the next's; at least 1
};

/// Batches of tokens i64 [n, context] and targets i64 [n, context]: sample i is the text's tokens
/// from position i * stride on, and the same one position later. The parts of a text share its
/// vocabulary:
///
///   auto text = data::Characters::from_file("input.txt");
///   data::TextDataset train(text, data::Split::train), test(text, data::Split::test);
///
/// Split::train is the text's first nine tenths (rounded down), Split::test the rest. With a stride
/// of `context` the targets are the part's characters once each: what a validation loss is a mean
/// of; fewer than `context` at the end are left out. Error naming the text where the part is
/// shorter than context + 1.
class TextDataset : public Dataset {
 public:
  TextDataset(Characters text, Split split, const TextOptions& options = {});

  std::int64_t size() const override;
  std::vector<Field> fields() const override;
  Batch batch(std::span<const std::int64_t> indices) const override;

  const Characters& text() const { return text_; }

 private:
  Characters text_;
  std::span<const std::uint8_t> tokens_;  // of the part
  TextOptions options_;
};

}  // namespace tutti::data
