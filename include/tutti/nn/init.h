// How parameters get their first values.
#pragma once

#include <cstdint>

#include "tutti/tensor/tensor.h"

namespace tutti::nn {

/// A distribution: constant `scale`, uniform in [-scale, scale), or normal with deviation `scale`.
struct Init {
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;
  double scale = 0;
};

inline Init zeros() {
  return {};
}
inline Init ones() {
  return {Init::Kind::constant, 1};
}
/// Uniform in [-bound, bound).
inline Init uniform(double bound) {
  return {Init::Kind::uniform, bound};
}
/// Normal with mean 0.
inline Init normal(double deviation) {
  return {Init::Kind::normal, deviation};
}
/// For layers followed by ReLU. Source: He, Zhang, Ren, Sun, arXiv:1502.01852, equation 10.
Init kaiming_uniform(std::int64_t fan_in);
Init kaiming_normal(std::int64_t fan_in);
/// Source: Glorot, Bengio, AISTATS 2010, equation 16.
Init xavier_uniform(std::int64_t fan_in, std::int64_t fan_out);
Init xavier_normal(std::int64_t fan_in, std::int64_t fan_out);

/// What PyTorch's Linear and Conv2d start with, weights and biases. Uniform in +-1/sqrt(fan_in).
Init fan_in_uniform(std::int64_t fan_in);

/// A dense tensor drawn on the host: element i from words of Philox(seed).at(stream, i / 4), so
/// that it depends on nothing else. f32 or f64; moved to `device`.
Tensor draw(const Init& init, const Shape& shape, Dtype dtype, std::uint64_t seed,
            std::uint64_t stream, const Device& device);

}  // namespace tutti::nn
