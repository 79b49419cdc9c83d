// The built-in elementwise functors and their derivatives, compiled for the CPU.
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
void builtin_map(CpuStream, const F& f, const Tensor& out, const std::array<Tensor, N>& inputs) {
  visit_float(accumulator_of(out.dtype()), "map", [&]<class T>() { map_loop<T>(f, out, inputs); });
}

template <class F, std::size_t N>
void builtin_update(CpuStream, const F& f, const std::array<Tensor, N>& tensors) {
  visit_float(accumulator_of(tensors[0].dtype()), "update",
              [&]<class T>() { update_loop<T>(f, tensors); });
}

}  // namespace tutti

#define TUTTI_STREAM CpuStream
#include "ops/builtin_instances.h"
