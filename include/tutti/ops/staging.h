// The lanes that vector loops over tensors read and write: in place where they lie side by side in
// the type that computes, else staged.
#pragma once

#include <algorithm>

#include "tutti/base/axes.h"
#include "tutti/tensor/tensor.h"

namespace tutti {

/// The elements that the innermost vectorised loop computes at once; a tail is padded to as many,
/// so that an element's bits do not depend on its place.
inline constexpr int lanes = 256;
/// The elements that one task of parallel_for computes.
inline constexpr std::int64_t task_elements = 64 * lanes;

/// to[i] = element begin + i of dense memory of `dtype`, which T computes with, and ones from
/// `count` up to `lanes`.
template <class T>
void load_lanes(T* to, int count, const void* from, Dtype dtype, std::int64_t begin);

/// The way back: rounds once where `dtype` has 16 bits.
template <class T>
void store_lanes(const T* from, int count, void* to, Dtype dtype, std::int64_t begin);

/// Reads a tensor in row-major order, whatever its strides, for the type T that computes with it.
template <class T>
class Reader {
 public:
  /// From element `begin` on. Borrows x's memory.
  Reader(const Tensor& x, std::int64_t begin);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// The next `count` elements; anything harmless follows up to `lanes`. Valid until the next call.
  const T* next(int count) {
    if (!plain_ || count < lanes || walk_.step() != 1 || walk_.run() < lanes) return stage(count);
    const T* at = static_cast<const T*>(from_) + walk_.at();
    walk_.skip(lanes);
    return at;
  }

 private:
  const T* stage(int count);

  const void* from_;
  Dtype dtype_;
  bool plain_;  ///< stored as T
  Walk<1> walk_;
  std::int64_t repeated_ = -1;  ///< where the element lies that fills `staged_`
  alignas(64) T staged_[lanes];
};

/// Itself, or a dense copy where a CPU that read it in row-major order would run across its memory.
Tensor readable_in_order(Tensor x);

}  // namespace tutti
