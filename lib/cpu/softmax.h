// exp(x - max) of one row and its sum: what softmax and its kin share.
#pragma once

#include "lanes.h"
#include "row_sums.h"
#include "tutti/ops/real.h"

namespace tutti::cpu {

/// y[i] = exp(x[i] - largest).
template <class T>
void exp_row(T* y, const T* x, std::int64_t n, T largest) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = exp(Real<T>(x[i] - largest)).v;
}

/// y = softmax(x), both of n elements.
template <class T>
void softmax_row(T* y, const T* x, std::int64_t n) {
  exp_row(y, x, n, reduce_row(Max{}, x, n));
  const T scale = 1 / reduce_row(Sum{}, y, n);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] *= scale;
}

/// The sum of exp(x[i] - largest).
template <class T>
T sum_exp(const T* x, std::int64_t n, T largest) {
  constexpr std::int64_t piece = 512;
  T powers[piece];
  T sum = 0;
  for (std::int64_t i = 0; i < n; i += piece) {
    const std::int64_t count = n - i < piece ? n - i : piece;
    exp_row(powers, x + i, count, largest);
    sum += reduce_row(Sum{}, powers, count);
  }
  return sum;
}

}  // namespace tutti::cpu
