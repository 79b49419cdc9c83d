// Instantiates builtin_map and builtin_update for every line of builtin.def, with the derivatives
// that backward can ask for. A backend defines both templates and TUTTI_STREAM, then includes this.
#pragma once

namespace tutti {

#define TUTTI_PLAIN(F, inputs)                                     \
  template void builtin_map(TUTTI_STREAM, const F&, const Tensor&, \
                            const std::array<Tensor, inputs>&);
#define TUTTI_UPDATE(F, tensors) \
  template void builtin_update(TUTTI_STREAM, const F&, const std::array<Tensor, tensors>&);
template <class F>
using D1 = Partial<F, 0>;
template <class F>
using D2 = D1<D1<F>>;
template <class F>
using D3 = D1<D2<F>>;
template <class F>
using P1 = Pull<F, 0>;
#define TUTTI_UNARY(F)      \
  TUTTI_PLAIN(F, 1)         \
  TUTTI_PLAIN(D1<F>, 1)     \
  TUTTI_PLAIN(D2<F>, 1)     \
  TUTTI_PLAIN(D3<F>, 1)     \
  TUTTI_PLAIN(P1<F>, 2)     \
  TUTTI_PLAIN(P1<D1<F>>, 2) \
  TUTTI_PLAIN(P1<D2<F>>, 2)
#include "tutti/ops/builtin.def"

}  // namespace tutti
