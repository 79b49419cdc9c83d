// What softmax and its kin need of a row before they write.
#pragma once

#include "warp.h"

namespace tutti::cuda {

/// The largest element of a row and the sum of exp(x - largest), for every lane of the warp.
template <class T>
struct RowStatistics {
  T largest, sum;

  __device__ RowStatistics(const T* row, std::int64_t columns, const Warp& warp)
      : largest(Max::identity<T>()), sum(0) {
    for (std::int64_t j = warp.lane(); j < columns; j += warp_threads)
      largest = Max{}(largest, row[j]);
    largest = combine_lanes(warp, Max{}, largest);
    for (std::int64_t j = warp.lane(); j < columns; j += warp_threads)
      sum += std::exp(row[j] - largest);
    sum = combine_lanes(warp, Sum{}, sum);
  }
};

}  // namespace tutti::cuda
