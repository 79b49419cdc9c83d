// A value cut into parts along an axis.
#pragma once

#include "tutti/ops/concat.h"

namespace tutti {

struct Split {
  static constexpr std::string_view name = "split";
  int axis;
  std::vector<std::int64_t> extents;  ///< of the outputs along the axis
  Shape from;
  std::vector<Tensor> forward(Saving&, std::span<const Tensor> in) const {
    std::vector<Tensor> out;
    std::int64_t begin = 0;
    for (std::int64_t extent : extents) {
      out.push_back(in[0].slice(axis, begin, begin + extent));
      begin += extent;
    }
    return out;
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    std::vector<V> parts(pass.gradients.begin(), pass.gradients.end());
    const V& given = *std::ranges::find_if(parts, [](const V& g) { return static_cast<bool>(g); });
    const Dtype dtype = given.dtype();
    const Device device = given.device();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Shape shape = from;
      shape[axis] = extents[i];
      if (!parts[i]) parts[i] = V(Tensor::zeros(shape, dtype, device));
    }
    pass.results[0] = concat(parts, axis);
  }
};

/// Parts of these extents along `axis`, which add up to x's. Tensors' parts are views.
template <Value V>
std::vector<V> split(const V& x, const std::vector<std::int64_t>& extents, std::int64_t axis = 0) {
  const int a = x.shape().axis(axis, "split");
  std::int64_t total = 0;
  bool good = !extents.empty();
  for (std::int64_t extent : extents) {
    good = good && extent >= 0;
    total += extent;
  }
  if (!good || total != x.size(a))
    raise("split: found ", extents.size(), " parts of ", total, " elements along axis ", axis,
          " of shape ", x.shape(), ", expected parts of 0 or more that add up to ", x.size(a));
  return apply_list(Split{a, extents, x.shape()}, std::vector<V>{x});
}

/// Parts of `extent` along `axis`; the last one may be smaller.
template <Value V>
std::vector<V> split(const V& x, std::int64_t extent, std::int64_t axis = 0) {
  if (extent < 1) raise("split: found parts of ", extent, ", expected 1 or more");
  const std::int64_t whole = x.size(axis);
  std::vector<std::int64_t> extents(static_cast<std::size_t>(whole / extent), extent);
  if (whole % extent || whole == 0) extents.push_back(whole % extent);
  return split(x, extents, axis);
}

/// At most `parts` parts of equal extents along `axis`, as large as it takes; the last may be
/// smaller.
template <Value V>
std::vector<V> chunk(const V& x, std::int64_t parts, std::int64_t axis = 0) {
  if (parts < 1) raise("chunk: found ", parts, " parts, expected 1 or more");
  return split(x, std::max<std::int64_t>(1, (x.size(axis) + parts - 1) / parts), axis);
}

}  // namespace tutti
