#include "tutti/comm/reduce_op.h"

namespace tutti {

std::ostream& operator<<(std::ostream& out, const ReduceOp& op) {
  if (op.by_ranks) return out << "average";
  constexpr std::string_view names[] = {"sum", "min", "max", "product"};
  out << names[static_cast<int>(op.kind)];
  if (op.divisor != 1) out << " over " << op.divisor;
  return out;
}

void require_reducible(Dtype dtype, const ReduceOp& op, std::string_view who) {
  if (reducible(dtype, op)) return;
  if (!is_float(dtype))
    raise(who, ": found an average of ", dtype,
          ", expected a floating-point dtype; use a sum, or convert first");
  if (op.kind != ReduceOp::Kind::sum)
    raise(who, ": found a divisor for an operator that is no sum, expected sum_over or average");
  raise(who, ": found the divisor ", op.divisor, ", expected a number other than 0");
}

}  // namespace tutti
