// Elements in order along an axis.
#pragma once

#include <optional>

#include "tutti/ops/gather.h"

namespace tutti {

/// Where the elements lie along `axis`, in order, the first `count` of them: i64, x.shape() with
/// `count` in place of that extent (all where none is given). Equal elements keep their order,
/// ascending and descending; NaN is more than every number; -0 equals 0. Any dtype. On CUDA all are
/// sorted, whatever `count`, by merging.
Tensor ordered_places(const Tensor& x, std::int64_t axis, bool descending,
                      std::optional<std::int64_t> count, std::string_view who);

/// x's elements in ascending (or descending) order along `axis`: where they lie, i64. See
/// ordered_places() for equal elements and NaN.
Tensor argsort(const Value auto& x, std::int64_t axis = -1, bool descending = false) {
  return ordered_places(tensor_of(x), axis, descending, {}, "argsort");
}

template <Value V>
struct Ordered {
  V values;
  Tensor indices;  ///< i64: values = gather(x, axis, indices)
};

/// x's elements in ascending (or descending) order along `axis`, and where they lay. The gradient
/// goes back to where they lay.
template <Value V>
Ordered<V> sort(const V& x, std::int64_t axis = -1, bool descending = false) {
  Tensor places = ordered_places(tensor_of(x), axis, descending, {}, "sort");
  return {gather(x, axis, places), places};
}

/// The `count` largest (or smallest) elements along `axis`, in descending (ascending) order, and
/// where they lay: of equal ones the first, and NaN is more than every number. Error where there
/// are fewer.
template <Value V>
Ordered<V> topk(const V& x, std::int64_t count, std::int64_t axis = -1, bool largest = true) {
  Tensor places = ordered_places(tensor_of(x), axis, largest, count, "topk");
  return {gather(x, axis, places), places};
}

}  // namespace tutti
