// What a reduction does with two values, on any device.
#pragma once

#include <type_traits>

#include "tutti/base/config.h"
#include "tutti/comm/block_math.h"

namespace tutti {

// Signed overflow is undefined, so integers are added and multiplied as unsigned ones.
template <class T>
struct Wrapping {
  using type = T;
};
template <class T>
requires std::is_integral_v<T>
struct Wrapping<T> {
  using type = std::make_unsigned_t<T>;
};

template <ReduceOp::Kind kind, class T>
TUTTI_HD inline T join(T a, T b) {
  using W = typename Wrapping<T>::type;
  if constexpr (kind == ReduceOp::Kind::sum)
    return static_cast<T>(static_cast<W>(a) + static_cast<W>(b));
  else if constexpr (kind == ReduceOp::Kind::product)
    return static_cast<T>(static_cast<W>(a) * static_cast<W>(b));
  else if constexpr (kind == ReduceOp::Kind::min)
    return a < b || a != a ? a : b;
  else
    return a > b || a != a ? a : b;
}

/// Calls f.template operator()<kind>() with the enumerator as a constant.
template <class F>
void visit_kind(ReduceOp::Kind kind, F&& f) {
  switch (kind) {
    case ReduceOp::Kind::sum:
      return f.template operator()<ReduceOp::Kind::sum>();
    case ReduceOp::Kind::min:
      return f.template operator()<ReduceOp::Kind::min>();
    case ReduceOp::Kind::max:
      return f.template operator()<ReduceOp::Kind::max>();
    case ReduceOp::Kind::product:
      return f.template operator()<ReduceOp::Kind::product>();
  }
}

/// Error unless combine() can work on these blocks.
inline void require_combinable(Block out, Block lower, Block upper, double divisor) {
  if (lower.count != out.count || upper.count != out.count || lower.dtype != out.dtype ||
      upper.dtype != out.dtype)
    raise("combine: found ", lower.count, " x ", lower.dtype, " and ", upper.count, " x ",
          upper.dtype, " for ", out.count, " x ", out.dtype, ", expected three equal blocks");
  require_reducible(out.dtype, ReduceOp::sum_over(divisor), "combine");
}

}  // namespace tutti
