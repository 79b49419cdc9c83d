// Arrays in memory as a data set.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tutti/data/dataset.h"

namespace tutti::data {

/// Named tensors whose first extent is the number of samples; a batch holds their rows:
///
///   data::TensorDataset train{{"x", x}, {"y", y}};   // x f32 [n, 3], y f64 [n], or any other
///   data::TensorDataset pairs(x, y);                 // the same names
///
/// Dense tensors on the CPU are not copied: the data set sees what is written into them later.
/// Error for no tensor, for a scalar, for one that holds nothing, for extents that differ and for a
/// name that comes twice.
class TensorDataset : public Dataset {
 public:
  TensorDataset(std::initializer_list<Batch::Item> tensors) : TensorDataset(Batch(tensors)) {}
  TensorDataset(Tensor x, Tensor y) : TensorDataset{{"x", std::move(x)}, {"y", std::move(y)}} {}
  explicit TensorDataset(const Batch& tensors);

  std::int64_t size() const override { return size_; }
  std::vector<Field> fields() const override { return fields_; }
  Batch batch(std::span<const std::int64_t> indices) const override;

 private:
  std::int64_t size_ = 0;
  std::vector<Tensor> tensors_;
  std::vector<Field> fields_;
};

}  // namespace tutti::data
