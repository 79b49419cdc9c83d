#include "tutti/ops/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "last_axes.h"
#include "launch.h"
#include "memory_order.h"
#include "tutti/ops/dropout.h"

namespace tutti {
namespace {

Shape with_last(Shape shape, std::int64_t last) {
  shape[shape.rank() - 1] = last;
  return shape;
}

Shape pairs(const Tensor& q, const Tensor& k) {
  return with_last(q.shape(), k.size(-2));
}

// Do q's leading axes fit those of k and v, whose heads may be fewer?
bool heads_fit(Shape q, const Shape& x) {
  q = leading(q);
  const Shape found = leading(x);
  const int heads = q.rank() - 1;
  if (heads >= 0 && found[heads] > 0 && q[heads] % found[heads] == 0) q[heads] = found[heads];
  return found == q;
}

void require_inputs(std::span<const Tensor> in, const AttentionOptions& options) {
  const Tensor &q = in[0], &k = in[1], &v = in[2], &mask = in[3];
  require_alike(in.first(mask ? 4 : 3), "attention");
  const bool ranks = q.rank() >= 2 && k.rank() == q.rank() && v.rank() == q.rank();
  if (!ranks || leading(k.shape()) != leading(v.shape()) || !heads_fit(q.shape(), k.shape()) ||
      k.size(-1) != q.size(-1) || v.size(-2) != k.size(-2) || q.size(-1) == 0)
    raise(
        "attention: found q ", q.shape(), ", k ", k.shape(), " and v ", v.shape(),
        ", expected [..., t, d], [..., s, d] and [..., s, e] with equal leading axes, the last of "
        "which may be a divisor in k and v");
  if (options.offset < 0) raise("attention: found offset ", options.offset, ", expected 0 or more");
  if (!(options.dropout >= 0 && options.dropout < 1))
    raise("attention: found dropout ", options.dropout, ", expected 0 <= dropout < 1");
  if (mask && broadcast(mask.shape(), pairs(q, k), "attention: mask") != pairs(q, k))
    raise("attention: found a mask ", mask.shape(), ", expected one that broadcasts to ",
          pairs(q, k));
}

Tensor expanded_mask(const Tensor& mask, const Shape& pairs) {
  if (!mask) return mask;
  Shape rows = mask.shape();
  if (rows.rank() == 0) rows.push_back(1);
  return with_dense_rows(mask.expand(with_last(rows, pairs[pairs.rank() - 1]))).expand(pairs);
}

launch::AttentionRule rule_of(const AttentionOptions& options) {
  return {options.causal, options.offset, options.scale, options.dropout, options.draw};
}

}  // namespace

std::vector<Tensor> Attention::forward(Saving& saving, std::span<const Tensor> in) const {
  require_inputs(in, options);
  const Tensor &q = in[0], &k = in[1], &v = in[2];
  Tensor out = in_memory_order(q, with_last(q.shape(), v.size(-1)));
  Tensor log_sums({leading(q.shape()).count(), q.size(-2)}, q.dtype(), q.device());
  q.device().dispatch([&](auto stream) {
    launch::attention(stream, out, log_sums, with_dense_rows(q), with_dense_rows(k),
                      with_dense_rows(v), expanded_mask(in[3], pairs(q, k)), rule_of(options));
  });
  for (std::size_t i = 0; i < 3; ++i) saving.input(i);
  if (in[3]) saving.input(3);
  saving.output(0);
  saving.tensor(log_sums);
  return {out};
}

void Attention::gradients(Pass<Tensor>& pass) const {
  const Tensor &q = pass.inputs[0], &k = pass.inputs[1], &v = pass.inputs[2];
  for (std::size_t i = 0; i < 3; ++i)
    if (pass.needs[i]) pass.results[i] = in_memory_order(pass.inputs[i], pass.inputs[i].shape());
  q.device().dispatch([&](auto stream) {
    launch::attention_gradients(stream, pass.results[0], pass.results[1], pass.results[2],
                                with_dense_rows(pass.gradients[0]), pass.outputs[0],
                                pass.tensors[0], with_dense_rows(q), with_dense_rows(k),
                                with_dense_rows(v), expanded_mask(pass.inputs[3], pairs(q, k)),
                                rule_of(options));
  });
}

std::pair<Tensor, Tensor> Attention::whole_mask(const Tensor& products, const Tensor& mask) const {
  const std::int64_t t = products.size(-2), s = products.size(-1);
  const double hidden = -std::numeric_limits<double>::infinity();
  Shape shape{t, s};
  if (mask) shape = broadcast(mask.shape(), shape, "attention: mask");
  std::vector<double> added(static_cast<std::size_t>(shape.count()));
  if (mask) added = mask.expand(shape).to(Dtype::f64).to_vector<double>();
  std::vector<double> seen;
  for (std::int64_t row = 0; row < with_last(shape, 1).count(); ++row) {
    double* first = added.data() + row * s;
    if (options.causal)
      for (std::int64_t j = options.offset + row % t + 1; j < s; ++j) first[j] = hidden;
    seen.push_back(std::any_of(first, first + s, [=](double x) { return x != hidden; }));
    if (seen.back() == 0) std::fill_n(first, s, 0.0);  // which must not become NaN
  }
  auto tensor = [&](const std::vector<double>& values, const Shape& extents) {
    return Tensor::from(values, extents).to(products.device()).to(products.dtype());
  };
  return {tensor(added, shape), tensor(seen, with_last(shape, 1))};
}

Tensor Attention::whole_dropout(const Tensor& products) const {
  const std::int64_t s = products.size(-1);
  const Tensor like(with_last(products.shape(), (s + 3) / 4 * 4), products.dtype(),
                    products.device());
  const auto [key, stream] = options.draw;
  return dropout_mask(like, options.dropout, key, stream).slice(-1, 0, s);
}

}  // namespace tutti
