// Products of a function's derivatives with vectors: no matrix of derivatives is ever built.
#pragma once

#include "tutti/autograd/variable.h"

namespace tutti {

struct ProductOptions {
  /// Record value and product, so that they can be differentiated again, by the inputs given (those
  /// that require a gradient) and by what else f depends on.
  bool create_graph = false;
};

struct VectorJacobianProduct {
  Variable value;                 ///< f(inputs)
  std::vector<Variable> product;  ///< one for each input, of its shape
};

/// v^T J: the derivatives of sum(v * f(inputs)) by each input; v has f(inputs)'s shape and dtype.
/// One forward and one backward. f gives one value, of any shape; it is called once, with
/// leaves of its own unless options.create_graph. Error naming shapes where they do not fit.
VectorJacobianProduct vjp(const std::function<Variable(const std::vector<Variable>&)>& f,
                          const std::vector<Variable>& inputs, const Variable& v,
                          const ProductOptions& options = {});

struct JacobianVectorProduct {
  Variable value;    ///< f(inputs)
  Variable product;  ///< of its shape
};

/// J v: the derivative of f(inputs) along v, which has a vector for each input, of its shape and
/// dtype. As vjp; one forward and two backwards, the second through the first, which is linear in
/// its seed. Source: Townsend, "A new trick for calculating Jacobian vector products", 2017.
JacobianVectorProduct jvp(const std::function<Variable(const std::vector<Variable>&)>& f,
                          const std::vector<Variable>& inputs, const std::vector<Variable>& v,
                          const ProductOptions& options = {});

/// H v for a scalar f: the derivatives, by each input, of the derivative of f along v. As jvp.
/// Source: Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6, 1994, by
/// two backwards.
VectorJacobianProduct hvp(const std::function<Variable(const std::vector<Variable>&)>& f,
                          const std::vector<Variable>& inputs, const std::vector<Variable>& v,
                          const ProductOptions& options = {});

}  // namespace tutti
