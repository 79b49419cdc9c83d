// Elements looked up along an axis, each by an index of its own.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

/// g, added up where `indices` say, along `axis` of zeros of shape `to`: what the gradient of
/// gather is. Inputs: g, indices.
struct ScatterAdd {
  static constexpr std::string_view name = "scatter_add";
  int axis;
  Shape to;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const;
};

/// Inputs: x, indices.
struct Gather {
  static constexpr std::string_view name = "gather";
  int axis;
  Shape from;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    if (pass.needs[0])
      pass.results[0] =
          apply_list(ScatterAdd{axis, from}, std::vector<V>{pass.gradients[0], pass.inputs[1]})[0];
  }
};

template <class V>
void ScatterAdd::backward(Pass<V>& pass) const {
  if (pass.needs[0])
    pass.results[0] =
        apply_list(Gather{axis, to}, std::vector<V>{pass.gradients[0], pass.inputs[1]})[0];
}

/// out[i, j, k] = x[i, indices[i, j, k], k] for axis 1, and alike for others: the shape of the
/// indices, which have x's rank and no larger extents but along the axis. x of any dtype (a
/// float one for a gradient), indices i64, from 0 to x's extent less 1: on the CPU an Error names
/// the first one that is not; CUDA, which cannot raise, gives zeros there. The gradient adds in
/// order along the axis: its bits are the same in every run.
template <Value V>
V gather(const V& x, std::int64_t axis, const Tensor& indices) {
  const int a = x.shape().axis(axis, "gather");
  return apply_list(Gather{a, x.shape()}, std::vector<V>{x, V(indices)})[0];
}

}  // namespace tutti
