// Some samples of a data set, and random parts of it.
#pragma once

#include <cstdint>
#include <vector>

#include "tutti/data/dataset.h"

namespace tutti::data {

/// Samples of another data set: sample i is that one's sample indices[i]; one may come twice.
///
///   auto parts = data::random_split(all.size(), {900, 100}, seed);
///   data::Subset train(all, parts[0]), validation(all, parts[1]);
///
/// Fields, and how samples change from epoch to epoch, are the other's, which must outlive this
/// one. Error for no index and for one outside [0, whole.size()).
class Subset : public Dataset {
 public:
  Subset(const Dataset& whole, std::vector<std::int64_t> indices);
  Subset(const Dataset&& whole, std::vector<std::int64_t> indices) = delete;  // it would be gone

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  std::vector<Field> fields() const override { return whole_.fields(); }
  /// As in epoch 0.
  Batch batch(std::span<const std::int64_t> indices) const override {
    return batch_in_epoch(indices, 0);
  }
  Batch batch_in_epoch(std::span<const std::int64_t> indices, std::int64_t epoch) const override;

 private:
  const Dataset& whole_;
  std::vector<std::int64_t> indices_;
};

/// The numbers 0 to size - 1 in random order, cut into parts of these sizes: indices for a Subset
/// each. They depend on the arguments alone and so are the same on all ranks; the order is that in
/// which a DistributedSampler with this seed takes all samples. Local. Error unless the sizes are 0
/// or more, and `size`, which is at least 1, is their sum.
std::vector<std::vector<std::int64_t>> random_split(std::int64_t size,
                                                    const std::vector<std::int64_t>& sizes,
                                                    std::uint64_t seed);

}  // namespace tutti::data
