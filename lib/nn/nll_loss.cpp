// The negative log-likelihood of labels.
#include "total.h"
#include "tutti/nn/loss.h"
#include "tutti/ops/gather.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/where.h"

namespace tutti::nn {
namespace {

/// Inputs: x [..., classes]. It is linear in x, whose gradient is a constant at each row's label.
struct Nll {
  static constexpr std::string_view name = "nll_loss";
  Tensor labels;   ///< [..., 1], all in range
  Tensor weights;  ///< [..., 1]: what each row counts
  Tensor counted;  ///< f64 []: what the sum is divided by
  Shape from;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const {
    Tensor scaled = weights / where(equal(counted, 0), 1.0, counted).to(in[0].dtype());
    saving.tensor(scaled), saving.tensor(labels);
    // A row that does not count may hold an infinity.
    const Tensor rows = where(not_equal(scaled, 0), gather(in[0], -1, labels), 0.0);
    return {-sum(rows * scaled)};
  }
  double denominator() const { return counted.item(); }
  template <class V>
  void backward(Pass<V>& pass) const {
    V rows = -pass.gradients[0] * V(pass.tensors[0]);
    const int last = from.rank() - 1;
    pass.results[0] =
        apply_list(ScatterAdd{last, from}, std::vector<V>{rows, V(pass.tensors[1])})[0];
  }
};

void require_inputs(const Tensor& x, const Tensor& labels, const NllOptions& options) {
  if (x.rank() == 0 || x.size(-1) == 0 || !is_float(x.dtype()))
    raise("nll_loss: found ", x.shape(), " of ", x.dtype(), ", expected floats [..., classes]");
  Shape rows = x.shape();
  rows.erase(rows.rank() - 1);
  if (labels.shape() != rows || labels.dtype() != Dtype::i64)
    raise("nll_loss: found labels ", labels.shape(), " of ", labels.dtype(), " for x ", x.shape(),
          ", expected ", rows, " of i64");
  require_same_device(x, labels, "nll_loss");
  const Tensor& weights = options.weights;
  if (weights && (weights.shape() != Shape{x.size(-1)} ||
                  accumulator_of(weights.dtype()) != accumulator_of(x.dtype())))
    raise("nll_loss: found weights ", weights.shape(), " of ", weights.dtype(), " for x ",
          x.shape(), " of ", x.dtype(), ", expected [", x.size(-1), "] of x's dtype");
  if (!labels.device().is_cpu()) return;
  const std::vector<std::int64_t> label = labels.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < label.size(); ++i)
    if (label[i] != options.ignore_index && (label[i] < 0 || label[i] >= x.size(-1)))
      raise("nll_loss: found label ", label[i], " at row ", i, ", expected 0 to ", x.size(-1) - 1,
            " or ", options.ignore_index, " for a row to ignore");
}

}  // namespace

Variable nll_loss(const Variable& log_probabilities, const Tensor& labels,
                  const NllOptions& options) {
  require_inputs(log_probabilities.value(), labels, options);
  Variable x = widened(log_probabilities);
  Tensor counts = not_equal(labels, static_cast<double>(options.ignore_index));
  Tensor places = where(counts, labels, 0.0);
  Tensor weights = counts.to(x.dtype());
  if (options.weights) weights = weights * index_select(options.weights.to(x.dtype()), 0, places);
  Shape rows = x.shape();
  rows[rows.rank() - 1] = 1;
  Tensor counted = options.reduction == LossReduction::sum
                       ? Tensor::full({}, 1, Dtype::f64, x.device())
                       : sum(weights.to(Dtype::f64));
  Nll op{places.reshape(rows), weights.reshape(rows), counted, x.shape()};
  return apply_list(op, std::vector<Variable>{x})[0];
}

}  // namespace tutti::nn
