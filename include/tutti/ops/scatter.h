// Elements put, or added, where indices say.
#pragma once

#include "tutti/ops/gather.h"
#include "tutti/ops/where.h"

namespace tutti {

/// Error naming `who` unless `values` can go to `indices` along `axis` of x.
void require_scatter(const Tensor& x, int axis, const Tensor& indices, const Tensor& values,
                     std::string_view who);

/// Inputs: x, values, indices.
struct Scatter {
  static constexpr std::string_view name = "scatter";
  int axis;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    const V& g = pass.gradients[0];
    const Tensor& indices = tensor_of(pass.inputs[2]);
    if (pass.needs[0]) {
      V nothing(Tensor::zeros(indices.shape(), g.dtype(), g.device()));
      pass.results[0] = apply_list(*this, std::vector<V>{g, nothing, V(indices)})[0];
    }
    if (pass.needs[1])
      pass.results[1] = where(lasting(indices, g.shape()), gather(g, axis, indices), 0.0);
  }

 private:
  /// u8, as the indices: 1 for values that no later one replaced.
  Tensor lasting(const Tensor& indices, const Shape& to) const {
    Shape line = indices.shape();
    for (int i = 0; i < line.rank(); ++i) line[i] = i == axis ? line[i] : 1;
    const Tensor order =
        Tensor::arange(static_cast<double>(line[axis]), Dtype::i64, indices.device())
            .reshape(line)
            .expand(indices.shape());
    const Tensor none = Tensor::zeros(to, Dtype::i64, indices.device());
    const Tensor last = apply_list(*this, std::vector<Tensor>{none, order, indices})[0];
    return equal(gather(last, axis, indices), order);
  }
};

/// x with x[i, indices[i, j, k], k] = values[i, j, k] for axis 1, and alike for others, in order
/// along the axis: of several values for one place the last one stays, and it alone gets a
/// gradient. Values of x's dtype, any, and of the indices' shape; indices as in gather().
template <Value X, Value Y>
auto scatter(const X& x, std::int64_t axis, const Tensor& indices, const Y& values) {
  using V = std::conditional_t<std::same_as<X, Tensor>, Y, X>;
  const int a = x.shape().axis(axis, "scatter");
  return apply_list(Scatter{a}, std::vector<V>{V(x), V(values), V(indices)})[0];
}
/// The same with one number everywhere.
template <Value V>
V scatter(const V& x, std::int64_t axis, const Tensor& indices, double value) {
  if (!indices) raise("scatter: found no indices, expected some");
  const Tensor one = Tensor::full({}, value, x.dtype(), x.device());
  return scatter(x, axis, indices, one.expand(indices.shape()));
}

/// x with values[i, j, k] added to x[i, indices[i, j, k], k] for axis 1, and alike for others; what
/// goes to one place is added up in order along the axis, in f32 for 16-bit floats, and then to x:
/// the bits are the same in every run, on CUDA too. Values of x's dtype, a float one, and of the
/// indices' shape; indices as in gather().
template <Value X, Value Y>
auto scatter_add(const X& x, std::int64_t axis, const Tensor& indices, const Y& values) {
  using V = std::conditional_t<std::same_as<X, Tensor>, Y, X>;
  const int a = x.shape().axis(axis, "scatter_add");
  require_scatter(tensor_of(x), a, indices, tensor_of(values), "scatter_add");
  return x + apply_list(ScatterAdd{a, x.shape()}, std::vector<V>{V(values), V(indices)})[0];
}

}  // namespace tutti
