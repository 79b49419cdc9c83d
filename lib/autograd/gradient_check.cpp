#include "tutti/autograd/gradient_check.h"

#include <cmath>

#include "tutti/autograd/node.h"
#include "tutti/ops/math.h"

namespace tutti {
namespace {

using Inputs = std::vector<Variable>;
using Function = std::function<Variable(const Inputs&)>;

constexpr const char* who = "gradient_check";

void require_inputs(const Inputs& inputs, const GradientCheckOptions& options) {
  if (inputs.empty()) raise(who, ": found no inputs, expected one or more");
  if (!(options.step > 0 && options.absolute >= 0 && options.relative >= 0))
    raise(who, ": found step ", options.step, " and tolerances ", options.absolute, " and ",
          options.relative, ", expected a positive step and tolerances of 0 or more");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Variable& x = inputs[i];
    if (x.dtype() != Dtype::f64 || !x.is_leaf() || !x.requires_grad())
      raise(who, ": found input ", i, " of ", x.dtype(),
            x.is_leaf() ? x.requires_grad() ? "" : " that requires no gradient"
                        : " that an op computed",
            ", expected f64 leaves that require a gradient");
  }
}

// So that no symmetry hides a wrong derivative.
Variable weighted_sum(const Variable& y) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < y.shape().count(); ++i)
    weights.push_back(1 + 0.3 * std::cos(static_cast<double>(i)));
  return sum(y * Tensor::from(weights, y.shape(), y.device()));
}

// An input whose elements are moved; it has its own ones again at the end.
class Moved {
 public:
  explicit Moved(const Variable& x) : value_(x.value()), kept_(value_.to_vector<double>()) {}
  ~Moved() { value_.copy_from(Tensor::from(kept_, value_.shape(), value_.device())); }
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;

  void move(std::size_t element, double step) const {
    std::vector<double> values = kept_;
    values[element] += step;
    value_.copy_from(Tensor::from(values, value_.shape(), value_.device()));
  }

 private:
  Tensor value_;
  std::vector<double> kept_;
};

struct Derivatives {
  const char* which;
  Inputs by;  ///< of each input
};

void compare(const Function& f, const Inputs& x, const std::vector<Derivatives>& derivatives,
             const GradientCheckOptions& options) {
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Moved moved(x[k]);
    const auto at = [&](std::size_t i, double step) {
      moved.move(i, step);
      return f(x).item();
    };
    std::vector<std::vector<double>> found;
    for (const Derivatives& each : derivatives)
      found.push_back(each.by[k].value().to_vector<double>());
    for (std::size_t i = 0; i < found[0].size(); ++i) {
      const double expected = (at(i, options.step) - at(i, -options.step)) / (2 * options.step);
      const double tolerance = options.absolute + options.relative * std::abs(expected);
      for (std::size_t j = 0; j < found.size(); ++j) {
        if (std::abs(found[j][i] - expected) <= tolerance) continue;  // false for NaN
        raise(who, ": found ", found[j][i], " as ", derivatives[j].which, " derivative by element ",
              i, " of input ", k, ' ', x[k].shape(), ", expected ", expected,
              " as central differences say, within ", tolerance,
              "; is f smooth there, and the backward of each of its ops right?");
      }
    }
  }
}

}  // namespace

void gradient_check(const Function& op, const Inputs& x, const GradientCheckOptions& options) {
  require_inputs(x, options);
  const Function f = [&](const Inputs& in) { return weighted_sum(op(in)); };
  const auto derivatives = [&](const Variable& y, bool create_graph) {
    if (!y.requires_grad())
      raise(who,
            ": found a function whose result depends on none of its inputs, expected one that "
            "records ops on them");
    return grad(y, x, {.create_graph = create_graph});
  };
  compare(f, x, {{"the", derivatives(f(x), false)}, {"the recorded", derivatives(f(x), true)}},
          options);
  if (!options.second) return;
  // The sine keeps a derivative of a derivative that is constant from cancelling.
  const Function slope = [&](const Inputs& in) {
    Variable total(Tensor::zeros({}, Dtype::f64, in[0].device()));
    for (const Variable& g : derivatives(f(in), true)) total = total + sum(sin(g * 3.0));
    return total;
  };
  Inputs second;
  if (const Variable y = slope(x); y.requires_grad())
    second = derivatives(y, false);
  else  // says that the first derivatives are constants
    for (const Variable& each : x) second.push_back(Tensor::zeros(each.shape(), Dtype::f64));
  compare(slope, x, {{"the second", second}}, options);
}

}  // namespace tutti
