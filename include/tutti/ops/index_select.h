// Rows looked up by number: an embedding.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

/// Rows of g, added up where `indices` say, along `axis` of zeros of shape `to`: what the gradient
/// of index_select is. Inputs: g, indices.
struct IndexAdd {
  static constexpr std::string_view name = "index_add";
  int axis;
  Shape to;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const;
};

/// Inputs: x, indices.
struct IndexSelect {
  static constexpr std::string_view name = "index_select";
  int axis;
  Shape from;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    if (pass.needs[0])
      pass.results[0] =
          apply_list(IndexAdd{axis, from}, std::vector<V>{pass.gradients[0], pass.inputs[1]})[0];
  }
};

template <class V>
void IndexAdd::backward(Pass<V>& pass) const {
  if (pass.needs[0])
    pass.results[0] =
        apply_list(IndexSelect{axis, to}, std::vector<V>{pass.gradients[0], pass.inputs[1]})[0];
}

/// x's elements at `indices` along `axis`, whose place in the shape the shape of the indices takes:
/// x [vocabulary, width] and indices [n, t] along axis 0 give [n, t, width]. x of any dtype (a
/// float one for a gradient), indices i64 of any shape, from 0 to x's extent less 1: on the CPU an
/// Error names the first one that is not; CUDA, which cannot raise, gives zeros there. The gradient
/// adds in order of the indices' positions: its bits are the same in every run.
template <Value V>
V index_select(const V& x, std::int64_t axis, const Tensor& indices) {
  const int a = x.shape().axis(axis, "index_select");
  return apply_list(IndexSelect{a, x.shape()}, std::vector<V>{x, V(indices)})[0];
}

/// x's elements along `axis` in reverse order: a copy, since no stride is negative.
template <Value V>
V flip(const V& x, std::int64_t axis) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(x.size(axis)));
  for (std::size_t i = 0; i < indices.size(); ++i)
    indices[i] = static_cast<std::int64_t>(indices.size() - 1 - i);
  return index_select(x, axis, Tensor::from(indices, {x.size(axis)}, x.device()));
}

}  // namespace tutti
