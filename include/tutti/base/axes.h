// N tensors of one shape, by as few axes as their strides allow.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "tutti/base/config.h"
#include "tutti/base/shape.h"

namespace tutti {

/// Axes from the outermost to the innermost. Neighbours that lie in every tensor as one axis would
/// are one; axes of extent 1 are left out. Elements are numbered in row-major order.
template <std::size_t N>
struct Axes {
  struct Axis {
    std::int64_t extent = 1;
    std::int64_t step[N] = {};  ///< in elements, for each tensor
  };
  struct Offsets {
    std::int64_t at[N];
  };

  int rank = 0;
  Axis axis[Shape::max_rank];

  Axes() = default;
  Axes(const Shape& shape, const std::array<Shape, N>& strides) {
    for (int i = 0; i < shape.rank(); ++i) {
      Axis next{shape[i], {}};
      for (std::size_t k = 0; k < N; ++k) next.step[k] = strides[k][i];
      push(next);
    }
  }

  /// Appends an axis within all the others.
  void push(const Axis& next) {
    if (next.extent == 1) return;
    bool one = rank > 0;
    for (std::size_t k = 0; one && k < N; ++k)
      one = axis[rank - 1].step[k] == next.step[k] * next.extent;
    std::int64_t outer = one ? axis[--rank].extent : 1;
    axis[rank] = next;
    axis[rank++].extent *= outer;
  }

  /// The innermost axis; one of extent 1 where there is none.
  Axis inner() const { return rank > 0 ? axis[rank - 1] : Axis{}; }
  /// The same without it.
  Axes outer() const {
    Axes out = *this;
    if (rank > 0) --out.rank;
    return out;
  }
  std::int64_t count() const {
    std::int64_t product = 1;
    for (int i = 0; i < rank; ++i) product *= axis[i].extent;
    return product;
  }

  /// Where element i lies in each tensor, in elements from its first.
  TUTTI_HD Offsets offsets(std::int64_t i) const {
    Offsets out{};
    for (int a = rank - 1; a > 0; --a) {
      std::int64_t quotient = i / axis[a].extent;
      std::int64_t place = i - quotient * axis[a].extent;
      for (std::size_t k = 0; k < N; ++k) out.at[k] += place * axis[a].step[k];
      i = quotient;
    }
    // The outermost axis needs no division: dense tensors, merged to one axis, do without any.
    for (std::size_t k = 0; k < N; ++k) out.at[k] += i * axis[0].step[k];
    return out;
  }
};

/// Goes through the elements in order, without a division a step. A run is what is left of the
/// innermost axis.
template <std::size_t N>
class Walk {
 public:
  /// At element `begin` of axes with at least one element.
  Walk(const Axes<N>& axes, std::int64_t begin) : axes_(axes) {
    if (axes_.rank == 0) axes_.rank = 1;  // a scalar: one axis of extent 1
    for (int a = axes_.rank - 1; a >= 0; --a) {
      place_[a] = a > 0 ? begin % axes_.axis[a].extent : begin;
      begin /= axes_.axis[a].extent;
      for (std::size_t k = 0; k < N; ++k) at_[k] += place_[a] * axes_.axis[a].step[k];
    }
  }

  std::int64_t run() const { return inner().extent - place_[axes_.rank - 1]; }
  std::int64_t at(std::size_t k = 0) const { return at_[k]; }
  std::int64_t step(std::size_t k = 0) const { return inner().step[k]; }

  /// Goes `count` elements on; at most run() of them.
  void skip(std::int64_t count) {
    int a = axes_.rank - 1;
    place_[a] += count;
    for (std::size_t k = 0; k < N; ++k) at_[k] += count * axes_.axis[a].step[k];
    for (; a > 0 && place_[a] == axes_.axis[a].extent; --a) {
      for (std::size_t k = 0; k < N; ++k)
        at_[k] += axes_.axis[a - 1].step[k] - place_[a] * axes_.axis[a].step[k];
      place_[a] = 0;
      ++place_[a - 1];
    }
  }

 private:
  const typename Axes<N>::Axis& inner() const { return axes_.axis[axes_.rank - 1]; }

  Axes<N> axes_;
  std::int64_t place_[Shape::max_rank] = {};
  std::int64_t at_[N] = {};
};

}  // namespace tutti
