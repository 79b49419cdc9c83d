// Sequences of unequal length as a data set.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tutti/data/dataset.h"

namespace tutti::data {

struct SequenceOptions {
  double padding = 0;         ///< what follows a sequence that is shorter than others of its batch
  std::int64_t multiple = 1;  ///< extents are rounded up to one of this: fewer shapes; at least 1
};

/// Batches of sequences [n, longest of these, ...], of the sequences' dtype, with lengths i64 [n];
/// and rows of other tensors, whose first extent is the number of sequences:
///
///   data::SequenceDataset train(sequences, {{"labels", labels}});
///   data::DistributedSampler sampler(train.size(), {.batch = 32, .lengths = train.lengths()},
///   world); for (auto& step : data::Loader(train, sampler))
///     for (auto& batch : step) use(batch["sequences"], batch["lengths"], batch["labels"]);
///
/// A sampler that is given the lengths lets similar ones share a step, so that little is padded.
/// Tensors on the CPU that are dense are not copied. Error for no sequence, for scalars, for one
/// whose dtype or extents but the first differ from the first one's, for a padding that the dtype
/// does not hold, and for other tensors that do not fit.
class SequenceDataset : public Dataset {
 public:
  explicit SequenceDataset(std::vector<Tensor> sequences, const Batch& others = {},
                           const SequenceOptions& options = {});

  std::int64_t size() const override { return static_cast<std::int64_t>(sequences_.size()); }
  std::vector<Field> fields() const override { return fields_; }
  Batch batch(std::span<const std::int64_t> indices) const override;

  /// The first extent of each sequence.
  const std::vector<std::int64_t>& lengths() const { return lengths_; }

 private:
  std::vector<Tensor> sequences_;
  std::vector<std::int64_t> lengths_;
  std::vector<Tensor> others_;
  std::vector<Field> fields_;
  SequenceOptions options_;
};

}  // namespace tutti::data
