// What the cells of recurrences share.
#pragma once

#include "launch.h"
#include "tasks.h"
#include "tutti/ops/real.h"

namespace tutti::cpu {

/// The rows of a dense tensor, or of one that was left out: zeros.
template <class T>
class OptionalRows {
 public:
  OptionalRows(const Tensor& x, std::int64_t columns)
      : held_(x ? x : Tensor::zeros({columns}, dtype_of<T>())),
        data_(held_.template data<T>()),
        step_(x ? columns : 0) {}
  const T* operator[](std::int64_t row) const { return data_ + row * step_; }

 private:
  Tensor held_;
  const T* data_;
  std::int64_t step_;
};

/// Which sequences have this step.
class Live {
 public:
  explicit Live(const launch::RecurrentStep& step)
      : length_(step.lengths ? step.lengths.data<std::int64_t>() : nullptr), at_(step.at) {}
  bool operator[](std::int64_t row) const { return !length_ || length_[row] > at_; }

 private:
  const std::int64_t* length_;
  std::int64_t at_;
};

/// dh += product + gh: what reaches a row's state.
template <class T>
void gather_row(T* dh, const T* product, const T* gh, std::int64_t width) {
#pragma omp simd
  for (std::int64_t j = 0; j < width; ++j) dh[j] += product[j] + gh[j];
}

}  // namespace tutti::cpu
