#include "tutti/data/sequence_dataset.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tutti::data {
namespace {

constexpr const char* who = "data::SequenceDataset";

Shape without_first(Shape shape) {
  shape.erase(0);
  return shape;
}

std::size_t bytes_of(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.count()) * size_of(tensor.dtype());
}

}  // namespace

SequenceDataset::SequenceDataset(std::vector<Tensor> sequences, const Batch& others,
                                 const SequenceOptions& options)
    : sequences_(std::move(sequences)), options_(options) {
  if (sequences_.empty()) raise(who, ": found no sequence, expected one or more");
  if (options_.multiple < 1)
    raise(who, ": found multiple ", options_.multiple, ", expected 1 or more");
  for (std::size_t i = 0; i < sequences_.size(); ++i) {
    Tensor& sequence = sequences_[i];
    if (!sequence) raise(who, ": found a tensor that holds nothing as sequence ", i);
    if (sequence.rank() == 0)
      raise(who, ": found a scalar as sequence ", i, ", expected a first extent: its length");
    const Tensor& first = sequences_.front();
    if (sequence.dtype() != first.dtype() ||
        without_first(sequence.shape()) != without_first(first.shape()))
      raise(who, ": found ", sequence.dtype(), ' ', sequence.shape(), " as sequence ", i, " and ",
            first.dtype(), ' ', first.shape(), " as sequence 0, expected the same but for the ",
            "first extent");
    sequence = sequence.contiguous().to(device());
    lengths_.push_back(sequence.size(0));
  }
  const Tensor& first = sequences_.front();
  if (!is_float(first.dtype()) &&
      Tensor::full({1}, options_.padding, first.dtype()).item() != options_.padding)
    raise(who, ": found padding ", options_.padding, " for sequences of ", first.dtype(),
          ", which does not hold it");
  Shape shape = first.shape();
  shape[0] = -1;
  fields_ = {{"sequences", shape, first.dtype()}, {"lengths", {}, Dtype::i64}};
  for (const auto& [name, tensor] : others) {
    if (name == "sequences" || name == "lengths")
      raise(who, ": found another tensor named ", name, ", expected another name");
    if (!tensor || tensor.rank() == 0 || tensor.size(0) != size())
      raise(who, ": found ", tensor ? text(tensor.shape()) : "nothing", " as ", name,
            ", expected a first extent of ", size(), ", the number of sequences");
    others_.push_back(tensor.contiguous().to(device()));
    fields_.push_back({name, without_first(tensor.shape()), tensor.dtype()});
  }
}

Batch SequenceDataset::batch(std::span<const std::int64_t> indices) const {
  require_indices(indices);
  const auto count = static_cast<std::int64_t>(indices.size());
  std::int64_t longest = 0;
  for (std::int64_t i : indices) longest = std::max(longest, lengths_[static_cast<std::size_t>(i)]);
  Shape shape = fields_[0].shape;
  shape[0] = (longest + options_.multiple - 1) / options_.multiple * options_.multiple;
  shape.insert(0, count);
  Batch batch{{"sequences", Tensor(shape, fields_[0].dtype, device())},
              {"lengths", Tensor({count}, Dtype::i64, device())}};
  batch["sequences"].fill(options_.padding);
  auto* to = static_cast<std::byte*>(batch["sequences"].mutable_raw());
  auto* length = batch["lengths"].mutable_data<std::int64_t>();
  const std::size_t room = count ? bytes_of(batch["sequences"]) / indices.size() : 0;
  for (std::int64_t i : indices) {
    const Tensor& sequence = sequences_[static_cast<std::size_t>(i)];
    if (sequence.count() > 0) std::memcpy(to, sequence.raw(), bytes_of(sequence));
    to += room;
    *length++ = sequence.size(0);
  }
  for (std::size_t t = 0; t < others_.size(); ++t) {
    const Field& field = fields_[t + 2];
    Shape rows = field.shape;
    rows.insert(0, count);
    batch.add(field.name, Tensor(rows, field.dtype, device()));
    for (std::int64_t row = 0; row < count; ++row)
      batch[field.name].select(0, row).copy_from(
          others_[t].select(0, indices[static_cast<std::size_t>(row)]));
  }
  return batch;
}

}  // namespace tutti::data
