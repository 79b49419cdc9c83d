// Samples that can be fetched by index.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tutti/data/batch.h"

namespace tutti::data {

/// What one sample puts into one tensor of a batch: n samples make a tensor [n, shape...].
struct Field {
  std::string name;
  Shape shape{};  ///< of one sample; [] for a number, -1 for an extent that batches differ in
  Dtype dtype = Dtype::f32;

  friend bool operator==(const Field&, const Field&) = default;
};

/// Is there an extent that batches differ in?
bool varies(const Field& field);

/// A data set of size() samples. One of your own says three things:
///
///   struct Squares : data::Dataset {
///     std::int64_t size() const override { return 1000; }
///     std::vector<data::Field> fields() const override { return {{"x"}, {"y"}}; }
///     data::Batch batch(std::span<const std::int64_t> indices) const override {
///       data::Batch out = empty_batch(indices);
///       for (std::size_t i = 0; i < indices.size(); ++i) {
///         float x = static_cast<float>(indices[i]) / 1000;
///         out["x"].mutable_data<float>()[i] = x;
///         out["y"].mutable_data<float>()[i] = x * x;
///       }
///       return out;
///     }
///   };
///
/// It owns a CPU device, and batches are allocated from that, so a loop that drops its batches
/// reuses their memory. Batches may outlive the data set.
class Dataset {
 public:
  Dataset() = default;
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;
  virtual ~Dataset() = default;

  virtual std::int64_t size() const = 0;
  /// What a batch consists of, always the same.
  virtual std::vector<Field> fields() const = 0;
  /// These samples in this order, as fields() say, on the CPU. Any number of threads may call it at
  /// once. Error for an index outside [0, size()).
  virtual Batch batch(std::span<const std::int64_t> indices) const = 0;
  /// What a Loader takes in this epoch. For data sets whose samples change from epoch to epoch, as
  /// Augmented; for all others it is batch(indices).
  virtual Batch batch_in_epoch(std::span<const std::int64_t> indices,
                               [[maybe_unused]] std::int64_t epoch) const {
    return batch(indices);
  }

  const Device& device() const { return device_; }

  /// Error naming the data set's type, the field, what was found and what was expected, unless
  /// `batch` has `count` samples as fields() say. A Loader calls it for every batch.
  void require_fields(const Batch& batch, std::int64_t count) const;

 protected:
  /// For one whose batches come from another's device.
  explicit Dataset(Device device) : device_(std::move(device)) {}
  /// Room for these samples: dense tensors from device() as fields() say, with undefined contents.
  /// Error for a field in which batches differ.
  Batch empty_batch(std::span<const std::int64_t> indices) const;
  /// Error naming the data set's type unless all indices are in [0, size()).
  void require_indices(std::span<const std::int64_t> indices) const;

 private:
  Device device_;
};

}  // namespace tutti::data
