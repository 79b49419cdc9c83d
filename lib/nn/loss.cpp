// Losses of elements: compositions, of a functor where that takes one.
#include "tutti/nn/loss.h"

#include "total.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/huber.h"

namespace tutti::nn {
namespace {

void require_pair(std::string_view who, const Variable& x, const Variable& target) {
  if (x.shape() != target.shape() || !is_float(x.dtype()) || !is_float(target.dtype()) ||
      accumulator_of(x.dtype()) != accumulator_of(target.dtype()))
    raise(who, ": found ", x.shape(), " of ", x.dtype(), " and ", target.shape(), " of ",
          target.dtype(), ", expected one shape, and float dtypes that meet");
  require_same_device(x.value(), target.value(), who);
}

Variable difference(std::string_view who, const Variable& x, const Variable& target) {
  require_pair(who, x, target);
  return widened(x) - widened(target);
}

void require_weight(const char* name, const Tensor& weight, const Variable& x) {
  if (!weight) return;
  const Shape &shape = weight.shape(), &full = x.shape();
  bool fits = shape.rank() <= full.rank() && is_float(weight.dtype()) &&
              accumulator_of(weight.dtype()) == accumulator_of(x.dtype());
  for (int i = 1; fits && i <= shape.rank(); ++i)
    fits = shape[shape.rank() - i] == 1 || shape[shape.rank() - i] == full[full.rank() - i];
  if (!fits)
    raise("bce_with_logits: found ", name, ' ', shape, " of ", weight.dtype(), " for x ", full,
          " of ", x.dtype(), ", expected one that broadcasts to x, of its dtype");
}

}  // namespace

Variable mse_loss(const Variable& prediction, const Variable& target, LossReduction reduction) {
  Variable apart = difference("mse_loss", prediction, target);
  return total(apart * apart, reduction);
}

Variable l1_loss(const Variable& prediction, const Variable& target, LossReduction reduction) {
  return total(abs(difference("l1_loss", prediction, target)), reduction);
}

Variable huber_loss(const Variable& prediction, const Variable& target,
                    const HuberOptions& options) {
  if (!(options.delta > 0))
    raise("huber_loss: found delta ", options.delta, ", expected more than 0");
  return total(huber(difference("huber_loss", prediction, target), options.delta),
               options.reduction);
}

Variable smooth_l1_loss(const Variable& prediction, const Variable& target,
                        const SmoothL1Options& options) {
  if (!(options.beta >= 0))
    raise("smooth_l1_loss: found beta ", options.beta, ", expected 0 or more");
  Variable apart = difference("smooth_l1_loss", prediction, target);
  if (options.beta == 0) return total(abs(apart), options.reduction);
  return total(huber(apart, options.beta), options.reduction) / options.beta;
}

Variable bce_with_logits(const Variable& x, const Variable& target, const BceOptions& options) {
  require_pair("bce_with_logits", x, target);
  require_weight("weight", options.weight, x);
  require_weight("pos_weight", options.pos_weight, x);
  Variable logits = widened(x), of = widened(target);
  // -log(sigmoid(x)) = softplus(-x), and -log(1 - sigmoid(x)) = x + softplus(-x).
  Variable positive = softplus(-logits);
  if (options.pos_weight) positive = positive * ((widened(options.pos_weight) - 1.0) * of + 1.0);
  Variable losses = (1.0 - of) * logits + positive;
  if (options.weight) losses = losses * widened(options.weight);
  return total(losses, options.reduction);
}

Variable kl_div(const Variable& x, const Variable& target, const KlOptions& options) {
  require_pair("kl_div", x, target);
  Variable found = widened(x), of = widened(target);
  if (options.log_target) return total(exp(of) * (of - found), options.reduction);
  // The smallest number's logarithm is finite: times 0 it is 0.
  const double smallest = of.dtype() == Dtype::f64 ? 1e-300 : 1e-37;
  Variable logarithm = log(clamp(of, smallest, std::numeric_limits<double>::infinity()));
  return total(of * (logarithm - found), options.reduction);
}

Variable cosine_similarity(const Variable& a, const Variable& b, std::int64_t axis,
                           double epsilon) {
  require_pair("cosine_similarity", a, b);
  if (!(epsilon > 0)) raise("cosine_similarity: found epsilon ", epsilon, ", expected more than 0");
  Variable x = widened(a), y = widened(b);
  const int along = x.shape().axis(axis, "cosine_similarity");
  auto inverse_length = [&](const Variable& v) {
    return pow(
        clamp(sum(v * v, {along}), epsilon * epsilon, std::numeric_limits<double>::infinity()),
        -0.5);
  };
  return sum(x * y, {along}) * (inverse_length(x) * inverse_length(y));
}

}  // namespace tutti::nn
