// Views: new shapes and strides over the same elements.
#include "tutti/tensor/tensor.h"

namespace tutti {

Tensor Tensor::view(const Shape& shape, const Shape& strides, std::int64_t skip) const {
  Tensor out = *this;
  out.shape_ = shape;
  out.strides_ = strides;
  out.offset_ += static_cast<std::size_t>(skip) * size_of(dtype_);
  return out;
}

Tensor Tensor::select(std::int64_t axis, std::int64_t index) const {
  int a = shape_.axis(axis, "select");
  std::int64_t from_start = index < 0 ? index + shape_[a] : index;
  if (from_start < 0 || from_start >= shape_[a])
    raise("select: found index ", index, " along axis ", axis, " of shape ", shape_, ", expected ",
          -shape_[a], " to ", shape_[a] - 1);
  Shape shape = shape_, strides = strides_;
  shape.erase(a);
  strides.erase(a);
  return view(shape, strides, from_start * strides_[a]);
}

Tensor Tensor::slice(std::int64_t axis, std::int64_t begin, std::int64_t end) const {
  int a = shape_.axis(axis, "slice");
  if (begin < 0 || begin > end || end > shape_[a])
    raise("slice: found [", begin, ", ", end, ") along axis ", axis, " of shape ", shape_,
          ", expected 0 <= begin <= end <= ", shape_[a]);
  Shape shape = shape_;
  shape[a] = end - begin;
  return view(shape, strides_, shape.count() ? begin * strides_[a] : 0);
}

Tensor Tensor::transpose(std::int64_t a, std::int64_t b) const {
  int first = shape_.axis(a, "transpose"), second = shape_.axis(b, "transpose");
  Shape shape = shape_, strides = strides_;
  std::swap(shape[first], shape[second]);
  std::swap(strides[first], strides[second]);
  return view(shape, strides, 0);
}

Tensor Tensor::permute(const AxisList& order) const {
  Shape shape, strides, seen = shape_;
  for (std::int64_t& mark : seen) mark = 0;
  bool good = order.rank() == rank();
  for (int i = 0; good && i < rank(); ++i) {
    good = order[i] >= 0 && order[i] < rank() && !seen[static_cast<int>(order[i])]++;
    if (!good) break;
    shape.push_back(shape_[static_cast<int>(order[i])]);
    strides.push_back(strides_[static_cast<int>(order[i])]);
  }
  if (!good)
    raise("permute: found order ", order, " for shape ", shape_, ", expected each axis once");
  return view(shape, strides, 0);
}

Tensor Tensor::expand(const Shape& shape) const {
  int added = shape.rank() - rank();
  Shape strides = shape;
  for (int i = 0; i < shape.rank(); ++i) {
    bool missing = i < added;
    if (!missing && shape_[i - added] != shape[i] && shape_[i - added] != 1) added = -1;
    if (added < 0)
      raise("expand: found shape ", shape_, ", expected one that broadcasts to ", shape);
    strides[i] = missing || shape_[i - added] != shape[i] ? 0 : strides_[i - added];
  }
  if (added < 0) raise("expand: found shape ", shape_, ", expected one that broadcasts to ", shape);
  return view(shape, strides, 0);
}

Tensor Tensor::reshape(Shape shape) const {
  const Shape given = shape;
  std::int64_t known = 1;
  int unknown = -1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1 && unknown < 0)
      unknown = i;
    else
      known *= shape[i];
  }
  if (unknown >= 0) shape[unknown] = known > 0 ? count() / known : 0;
  if (shape.count() != count())
    raise("reshape: found shape ", shape_, " with ", count(), " elements, expected as many as in ",
          given);
  if (is_dense() || count() == 0) return view(shape, row_major_strides(shape), 0);
  Shape strides = shape;
  int from = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    strides[i] = 1;
    if (shape[i] == 1) continue;
    while (from < rank() && shape_[from] == 1) ++from;
    if (from == rank() || shape_[from] != shape[i]) return clone().reshape(shape);
    strides[i] = strides_[from++];
  }
  return view(shape, strides, 0);
}

}  // namespace tutti
