// Labelled samples that can be fetched by index.
#pragma once

#include <cstdint>
#include <span>

#include "tutti/tensor/tensor.h"

namespace tutti::data {

/// images f32 [n, c, h, w] and labels i64 [n], on the CPU. n may be 0.
struct Batch {
  Tensor images;
  Tensor labels;
};

/// A data set of size() samples. It owns a CPU device, and batches are allocated from that, so a
/// loop that drops its batches reuses their memory. Batches may outlive the data set.
class Dataset {
 public:
  Dataset() = default;
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;
  virtual ~Dataset() = default;

  virtual std::int64_t size() const = 0;
  /// The shape of one image: [c, h, w].
  virtual Shape sample_shape() const = 0;
  /// Labels are in [0, classes()).
  virtual std::int64_t classes() const = 0;
  /// These samples in this order; the tensors come from device(). Any number of threads may call it
  /// at once. Error for an index outside [0, size()).
  virtual Batch batch(std::span<const std::int64_t> indices) const = 0;

  const Device& device() const { return device_; }

 private:
  Device device_;
};

}  // namespace tutti::data
