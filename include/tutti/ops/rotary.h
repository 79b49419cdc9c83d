// Rotary positions: places of a sequence as angles.
#pragma once

#include "tutti/ops/cast.h"

namespace tutti {

struct RotaryOptions {
  double base = 10000;
  std::int64_t offset = 0;   ///< the position of the first row
  bool interleaved = false;  ///< pairs of neighbours; else x[j] and x[j + d / 2]
};

struct Rotary {
  static constexpr std::string_view name = "rotary";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  RotaryOptions options;
  bool inverse = false;

  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(Rotary{options, !inverse}, g)};
  }
};

/// Turns pairs of x [..., t, d], d even: row i stands at position p = offset + i, and its pair j
/// becomes (a cos w - b sin w, b cos w + a sin w) with w = p / base^(2 j / d). The pairs are
/// (x[j], x[j + d / 2]), as in GPT-NeoX and Llama, or (x[2 j], x[2 j + 1]), as in RoFormer. The
/// result has x's memory order. Angles are computed in f64; f32 or f64, 16-bit floats compute in
/// f32. Error for an odd d, a base that is not positive and an offset below 0. Source: Su et al.,
/// arXiv:2104.09864.
template <Value V>
V rotary(const V& x, const RotaryOptions& options = {}) {
  return with_f32(
      "rotary", [&](const V& y) { return apply(Rotary{options}, y); }, x);
}

}  // namespace tutti
