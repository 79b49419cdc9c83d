// Records the built-in ops, and the built-in functors with the derivatives that backward can ask
// for.
#include "tutti/autograd/node.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/huber.h"
#include "tutti/ops/math.h"

namespace tutti {

template <Op O>
Variable record_builtin(const O& op, const std::array<Variable, O::inputs>& inputs) {
  return record(op, inputs);
}

#define TUTTI_BUILTIN_OP(O) \
  template Variable record_builtin(const O&, const std::array<Variable, O::inputs>&);
#include "tutti/autograd/builtin_ops.def"

template <class F>
using Map = MapOp<F, 1>;
template <class F>
using D1 = Partial<F, 0>;
template <class F>
using D2 = D1<D1<F>>;
#define TUTTI_UNARY(F)         \
  TUTTI_BUILTIN_OP(Map<F>)     \
  TUTTI_BUILTIN_OP(Map<D1<F>>) \
  TUTTI_BUILTIN_OP(Map<D2<F>>) \
  TUTTI_BUILTIN_OP(Map<D1<D2<F>>>)
#define TUTTI_PLAIN(F, inputs)
#define TUTTI_UPDATE(F, tensors)
#include "tutti/ops/builtin.def"

}  // namespace tutti
