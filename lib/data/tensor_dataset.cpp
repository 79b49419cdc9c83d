#include "tutti/data/tensor_dataset.h"

#include <cstring>

namespace tutti::data {
namespace {

constexpr const char* who = "data::TensorDataset";

}  // namespace

TensorDataset::TensorDataset(const Batch& tensors) {
  if (tensors.size() == 0) raise(who, ": found no tensor, expected one or more");
  for (const auto& [name, tensor] : tensors) {
    if (!tensor) raise(who, ": found a tensor that holds nothing as ", name, ", expected samples");
    if (tensor.rank() == 0)
      raise(who, ": found a scalar as ", name, ", expected a first extent that counts samples");
    if (tensors_.empty()) size_ = tensor.size(0);
    if (tensor.size(0) != size_)
      raise(who, ": found ", tensor.size(0), " samples of ", name, " (shape ", tensor.shape(),
            ") and ", size_, " of ", tensors.begin()->first, ", expected as many");
    tensors_.push_back(tensor.contiguous().to(device()));
    Shape shape = tensor.shape();
    shape.erase(0);
    fields_.push_back({name, shape, tensor.dtype()});
  }
}

Batch TensorDataset::batch(std::span<const std::int64_t> indices) const {
  require_indices(indices);
  Batch batch = empty_batch(indices);
  for (std::size_t t = 0; t < tensors_.size(); ++t) {
    auto bytes = static_cast<std::size_t>(fields_[t].shape.count()) * size_of(fields_[t].dtype);
    if (bytes == 0) continue;
    const auto* from = static_cast<const std::byte*>(tensors_[t].raw());
    auto* to = static_cast<std::byte*>(batch[fields_[t].name].mutable_raw());
    for (std::int64_t i : indices) {
      std::memcpy(to, from + static_cast<std::size_t>(i) * bytes, bytes);
      to += bytes;
    }
  }
  return batch;
}

}  // namespace tutti::data
