// The built-in elementwise functors and their derivatives, compiled for CUDA.
#include "tutti/cuda/map.h"
#include "tutti/cuda/update.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/arithmetic.h"
#include "tutti/ops/math.h"
#include "tutti/ops/optimizer_step.h"
#include "tutti/ops/update.h"

namespace tutti {

template <class F, std::size_t N>
void builtin_map(CudaStream stream, const F& f, const Tensor& out,
                 const std::array<Tensor, N>& inputs) {
  visit_float(out.dtype(), "map",
              [&]<class T>() { cuda::launch_elementwise<T>(stream, f, out, inputs); });
}

template <class F, std::size_t N>
void builtin_update(CudaStream stream, const F& f, const std::array<Tensor, N>& tensors) {
  visit_float(tensors[0].dtype(), "update",
              [&]<class T>() { cuda::launch_update<T>(stream, f, tensors); });
}

#define TUTTI_PLAIN(F, inputs) \
  template void builtin_map(CudaStream, const F&, const Tensor&, const std::array<Tensor, inputs>&);
#define TUTTI_UPDATE(F, tensors) \
  template void builtin_update(CudaStream, const F&, const std::array<Tensor, tensors>&);
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
