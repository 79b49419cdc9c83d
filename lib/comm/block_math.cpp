#include "tutti/comm/block_math.h"

#include "comm/block_math.h"

namespace tutti {
namespace {

template <ReduceOp::Kind kind, class T>
void combine_as(T* out, const T* lower, const T* upper, std::size_t count, double divisor) {
  if (divisor == 1) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) out[i] = join<kind>(lower[i], upper[i]);
  } else if constexpr (std::is_floating_point_v<T>) {
    const T by = static_cast<T>(divisor);
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) out[i] = join<kind>(lower[i], upper[i]) / by;
  }
}

}  // namespace

void combine(CpuStream, Block out, Block lower, Block upper, ReduceOp::Kind kind, double divisor) {
  require_combinable(out, lower, upper, divisor);
  visit_arithmetic(out.dtype, "combine", [&]<class T>() {
    visit_kind(kind, [&]<ReduceOp::Kind k>() {
      combine_as<k>(static_cast<T*>(out.data), static_cast<const T*>(lower.data),
                    static_cast<const T*>(upper.data), out.count, divisor);
    });
  });
}

void divide(CpuStream, Block block, double divisor) {
  require_reducible(block.dtype, ReduceOp::sum_over(divisor), "divide");
  if (divisor == 1) return;
  visit_float(block.dtype, "divide", [&]<class T>() {
    auto* data = static_cast<T*>(block.data);
    const T by = static_cast<T>(divisor);
#pragma omp simd
    for (std::size_t i = 0; i < block.count; ++i) data[i] = data[i] / by;
  });
}

}  // namespace tutti
