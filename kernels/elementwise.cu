// The built-in elementwise functors and their derivatives, compiled for CUDA.
#include "tutti/cuda/map.h"
#include "tutti/cuda/update.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/arithmetic.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/huber.h"
#include "tutti/ops/math.h"
#include "tutti/ops/optimizer_step.h"
#include "tutti/ops/rounding.h"
#include "tutti/ops/update.h"

namespace tutti {

template <class F, std::size_t N>
void builtin_map(CudaStream stream, const F& f, const Tensor& out,
                 const std::array<Tensor, N>& inputs) {
  visit_float(accumulator_of(out.dtype()), "map",
              [&]<class T>() { cuda::launch_elementwise<T>(stream, f, out, inputs); });
}

template <class F, std::size_t N>
void builtin_update(CudaStream stream, const F& f, const std::array<Tensor, N>& tensors) {
  visit_float(accumulator_of(tensors[0].dtype()), "update",
              [&]<class T>() { cuda::launch_update<T>(stream, f, tensors); });
}

}  // namespace tutti

#define TUTTI_STREAM CudaStream
#include "ops/builtin_instances.h"
