// The arithmetic of reductions: the only place where values of two ranks meet.
#pragma once

#include "tutti/comm/reduce_op.h"
#include "tutti/device/stream.h"

namespace tutti {

void combine(CpuStream stream, Block out, Block lower, Block upper, ReduceOp::Kind kind,
             double divisor = 1);
void combine(CudaStream stream, Block out, Block lower, Block upper, ReduceOp::Kind kind,
             double divisor = 1);
/// out[i] = (lower[i] kind upper[i]) / divisor, in stream order. Equal counts and dtypes; out may
/// be lower or upper. Integer sums and products wrap. A NaN wins min and max. Error for f16 and
/// bf16, and for a divisor other than 1 on integers.
inline void combine(const Stream& stream, Block out, Block lower, Block upper, ReduceOp::Kind kind,
                    double divisor = 1) {
  std::visit([&](auto s) { combine(s, out, lower, upper, kind, divisor); }, stream);
}

void divide(CpuStream stream, Block block, double divisor);
void divide(CudaStream stream, Block block, double divisor);
/// block[i] = block[i] / divisor, in stream order. Error as above.
inline void divide(const Stream& stream, Block block, double divisor) {
  std::visit([&](auto s) { divide(s, block, divisor); }, stream);
}

}  // namespace tutti
