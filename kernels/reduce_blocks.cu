// The arithmetic of reductions: see tutti/comm/block_math.h.
#include "comm/block_math.h"
#include "tutti/cuda/grid.h"

namespace tutti {
namespace {

// Rounds as the CPU does.
template <class T>
__device__ T divided(T value, T by) {
  if constexpr (std::is_floating_point_v<T>)
    return cuda::divide_exactly(value, by);
  else
    return value;
}

template <ReduceOp::Kind kind, class T>
struct Combine {
  T* out;
  const T* lower;
  const T* upper;
  T by;

  __device__ void operator()(std::int64_t i) const {
    T value = join<kind>(lower[i], upper[i]);
    out[i] = by == T(1) ? value : divided(value, by);
  }
};

template <class T>
struct Divide {
  T* data;
  T by;

  __device__ void operator()(std::int64_t i) const { data[i] = divided(data[i], by); }
};

}  // namespace

void combine(CudaStream stream, Block out, Block lower, Block upper, ReduceOp::Kind kind,
             double divisor) {
  require_combinable(out, lower, upper, divisor);
  visit_arithmetic(out.dtype, "combine", [&]<class T>() {
    visit_kind(kind, [&]<ReduceOp::Kind k>() {
      cuda::for_each("combine", stream, static_cast<std::int64_t>(out.count),
                     Combine<k, T>{static_cast<T*>(out.data), static_cast<const T*>(lower.data),
                                   static_cast<const T*>(upper.data), static_cast<T>(divisor)});
    });
  });
}

void divide(CudaStream stream, Block block, double divisor) {
  require_reducible(block.dtype, ReduceOp::sum_over(divisor), "divide");
  if (divisor == 1) return;
  visit_float(block.dtype, "divide", [&]<class T>() {
    cuda::for_each("divide", stream, static_cast<std::int64_t>(block.count),
                   Divide<T>{static_cast<T*>(block.data), static_cast<T>(divisor)});
  });
}

}  // namespace tutti
