// How the values of several ranks become one.
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include "tutti/base/dtype.h"

namespace tutti {

/// Combines pairs of values by `kind`; the last combination divides once, in the type of the
/// values. Every rank must pass the same operator.
struct ReduceOp {
  enum class Kind : std::uint8_t { sum, min, max, product };

  Kind kind = Kind::sum;
  double divisor = 1;
  bool by_ranks = false;  ///< the divisor is the number of ranks

  static constexpr ReduceOp sum() { return {}; }
  static constexpr ReduceOp min() { return {Kind::min}; }
  static constexpr ReduceOp max() { return {Kind::max}; }
  static constexpr ReduceOp product() { return {Kind::product}; }
  /// The sum divided by the number of ranks. Floating point only.
  static constexpr ReduceOp average() { return {Kind::sum, 1, true}; }
  /// The sum divided by `divisor`. Floating point only.
  static constexpr ReduceOp sum_over(double divisor) { return {Kind::sum, divisor}; }

  /// The same operator with its divisor as a number.
  constexpr ReduceOp for_ranks(int ranks) const {
    return {kind, by_ranks ? static_cast<double>(ranks) : divisor};
  }
};

/// "sum", "average", "sum over 7".
std::ostream& operator<<(std::ostream& out, const ReduceOp& op);

/// Whether `op` can reduce elements of `dtype`: floating point with every operator; i32, i64 and u8
/// with those that do not divide. Only sums are divided, and not by 0.
inline bool reducible(Dtype dtype, const ReduceOp& op) {
  if (!op.by_ranks && op.divisor == 1) return true;
  return is_float(dtype) && op.kind == ReduceOp::Kind::sum && op.divisor != 0 &&
         op.divisor == op.divisor;
}

/// Error naming `who` unless reducible().
void require_reducible(Dtype dtype, const ReduceOp& op, std::string_view who);

}  // namespace tutti
