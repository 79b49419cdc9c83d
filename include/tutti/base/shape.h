// The extents of a tensor.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string_view>

#include "tutti/base/error.h"

namespace tutti {

/// Up to eight int64 numbers: a tensor's extents, or its strides in elements. Never allocates.
class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<std::int64_t> extents)
      : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}
  constexpr explicit Shape(std::span<const std::int64_t> extents) {
    for (std::int64_t extent : extents) push_back(extent);
  }

  constexpr int rank() const { return rank_; }
  constexpr std::int64_t& operator[](int axis) { return extents_[axis]; }
  constexpr std::int64_t operator[](int axis) const { return extents_[axis]; }
  constexpr std::int64_t* begin() { return extents_.data(); }
  constexpr std::int64_t* end() { return extents_.data() + rank_; }
  constexpr const std::int64_t* begin() const { return extents_.data(); }
  constexpr const std::int64_t* end() const { return extents_.data() + rank_; }

  constexpr void push_back(std::int64_t extent) {
    if (rank_ == max_rank) raise("Shape: found more than 8 axes, expected at most 8");
    extents_[rank_++] = extent;
  }
  constexpr void erase(int axis) {
    std::copy(begin() + axis + 1, end(), begin() + axis);
    --rank_;
  }
  constexpr void insert(int axis, std::int64_t extent) {
    push_back(extent);
    std::rotate(begin() + axis, end() - 1, end());
  }

  /// The product of the extents; 1 for a scalar.
  constexpr std::int64_t count() const {
    std::int64_t product = 1;
    for (std::int64_t extent : *this) product *= extent;
    return product;
  }

  /// `axis` counted from the end when negative; Error naming `who` when out of range.
  constexpr int axis(std::int64_t axis, std::string_view who) const {
    if (axis < -rank_ || axis >= rank_)
      raise(who, ": found axis ", axis, " for a shape of rank ", rank_, ", expected ", -rank_,
            " to ", rank_ - 1);
    return static_cast<int>(axis < 0 ? axis + rank_ : axis);
  }

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
};

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int i = 0; i < shape.rank(); ++i) out << (i ? ", " : "") << shape[i];
  return out << ']';
}

/// Axes of a tensor, by their numbers; what takes some says what negative ones mean.
using AxisList = Shape;

/// The strides of a dense row-major tensor.
constexpr Shape row_major_strides(const Shape& shape) {
  Shape strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/// NumPy's broadcasting: aligned at the last axis, 1 stretches. Error naming `who`, both shapes.
constexpr Shape broadcast(const Shape& a, const Shape& b, std::string_view who) {
  Shape out = a.rank() >= b.rank() ? a : b;
  const Shape& other = a.rank() >= b.rank() ? b : a;
  for (int i = 1; i <= other.rank(); ++i) {
    std::int64_t& mine = out[out.rank() - i];
    std::int64_t its = other[other.rank() - i];
    if (mine == 1) mine = its;
    if (its != mine && its != 1)
      raise(who, ": shapes ", a, " and ", b,
            " do not broadcast; expected equal extents or 1, from the last axis on");
  }
  return out;
}

}  // namespace tutti
