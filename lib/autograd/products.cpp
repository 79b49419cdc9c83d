#include "tutti/autograd/products.h"

#include "tutti/autograd/node.h"

namespace tutti {
namespace {

using Variables = std::vector<Variable>;
using Function = std::function<Variable(const Variables&)>;

// Leaves of their own keep the walk from going on into what the inputs were computed from.
Variables leaves_of(const Variables& inputs, bool create_graph, const char* who) {
  if (inputs.empty()) raise(who, ": found no inputs, expected one or more");
  if (!grad_enabled())
    raise(who, ": found a NoGrad on this thread, expected none while f's ops are recorded");
  Variables leaves;
  for (const Variable& x : inputs)
    leaves.push_back(create_graph && x.requires_grad() ? x : Variable(x.value(), true));
  return leaves;
}

void require_like(const Variable& v, const Variable& x, const char* who, const std::string& of) {
  if (v.shape() != x.shape() || v.dtype() != x.dtype())
    raise(who, ": found a vector ", v.shape(), " of ", v.dtype(), " for ", of, ' ', x.shape(),
          " of ", x.dtype(), ", expected one of its shape and dtype");
}

void require_vectors(const Variables& v, const Variables& inputs, const char* who) {
  if (v.size() != inputs.size())
    raise(who, ": found ", v.size(), " vectors for ", inputs.size(),
          " inputs, expected one for each");
  for (std::size_t i = 0; i < v.size(); ++i) require_like(v[i], inputs[i], who, text("input ", i));
}

Variable zeros_like(const Variable& x) {
  return Variable(Tensor::zeros(x.shape(), x.dtype(), x.device()));
}

// grad() of what may depend on none of the inputs: then zeros.
Variables derivatives(const Variable& y, const Variables& inputs, const GradOptions& options) {
  if (y && y.requires_grad()) return grad(y, inputs, options);
  Variables zeros;
  for (const Variable& x : inputs) zeros.push_back(zeros_like(x));
  return zeros;
}

// sum of x[i] * v[i] over all elements and all i; empty where no x requires a gradient.
Variable inner_product(const Variables& x, const Variables& v) {
  Variable total;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!x[i].requires_grad()) continue;
    const Variable term = sum(x[i] * v[i]);
    total = total ? total + term : term;
  }
  return total;
}

Variable given(const Variable& x, const ProductOptions& options) {
  return options.create_graph ? x : x.detach();
}

}  // namespace

VectorJacobianProduct vjp(const Function& f, const Variables& inputs, const Variable& v,
                          const ProductOptions& options) {
  const Variables x = leaves_of(inputs, options.create_graph, "vjp");
  const Variable y = f(x);
  require_like(v, y, "vjp", "the value");
  return {given(y, options), derivatives(y, x, {.create_graph = options.create_graph, .seed = v})};
}

JacobianVectorProduct jvp(const Function& f, const Variables& inputs, const Variables& v,
                          const ProductOptions& options) {
  const Variables x = leaves_of(inputs, options.create_graph, "jvp");
  require_vectors(v, x, "jvp");
  const Variable y = f(x);
  const Variable seed(zeros_like(y).value(), true);
  const Variables linear = derivatives(y, x, {.create_graph = true, .seed = seed});
  const Variable along = inner_product(linear, v);
  return {given(y, options), derivatives(along, {seed}, {.create_graph = options.create_graph})[0]};
}

VectorJacobianProduct hvp(const Function& f, const Variables& inputs, const Variables& v,
                          const ProductOptions& options) {
  const Variables x = leaves_of(inputs, options.create_graph, "hvp");
  require_vectors(v, x, "hvp");
  const Variable y = f(x);
  if (y.shape().count() != 1)
    raise("hvp: found a function whose value is ", y.shape(), ", expected a scalar");
  const Variable along = inner_product(derivatives(y, x, {.create_graph = true}), v);
  return {given(y, options), derivatives(along, x, {.create_graph = options.create_graph})};
}

}  // namespace tutti
