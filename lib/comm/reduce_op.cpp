#include "tutti/comm/reduce_op.h"

namespace tutti {

void require_reducible(Dtype dtype, const ReduceOp& op, std::string_view who) {
  if (dtype == Dtype::f16 || dtype == Dtype::bf16)
    raise(who, ": found dtype ", dtype,
          ", expected one of f32 f64 i32 i64 u8; convert to f32 first");
  bool divides = op.by_ranks || op.divisor != 1;
  if (divides && !is_float(dtype))
    raise(who, ": found an average of ", dtype,
          ", expected f32 or f64; use a sum, or convert first");
  if (divides && op.kind != ReduceOp::Kind::sum)
    raise(who, ": found a divisor for an operator that is no sum, expected sum_over or average");
  if (op.divisor == 0 || op.divisor != op.divisor)
    raise(who, ": found the divisor ", op.divisor, ", expected a number other than 0");
}

}  // namespace tutti
