#include "tutti/nn/init.h"

#include <cmath>
#include <numbers>

#include "tutti/base/philox.h"

namespace tutti::nn {
namespace {

// In (0, 1): safe under a logarithm.
double unit(std::uint32_t word) {
  return (word + 0.5) * 0x1p-32;
}

// Box, Muller: "A note on the generation of random normal deviates", 1958.
double normal(const Philox::Words& words, int k) {
  double radius = std::sqrt(-2 * std::log(unit(words[k / 2 * 2])));
  double angle = 2 * std::numbers::pi * unit(words[k / 2 * 2 + 1]);
  return radius * (k % 2 ? std::sin(angle) : std::cos(angle));
}

}  // namespace

Init kaiming_uniform(std::int64_t fan_in) {
  return {Init::Kind::uniform, std::sqrt(6.0 / static_cast<double>(fan_in))};
}
Init kaiming_normal(std::int64_t fan_in) {
  return {Init::Kind::normal, std::sqrt(2.0 / static_cast<double>(fan_in))};
}
Init fan_in_uniform(std::int64_t fan_in) {
  return uniform(1 / std::sqrt(static_cast<double>(fan_in)));
}
Init xavier_uniform(std::int64_t fan_in, std::int64_t fan_out) {
  return {Init::Kind::uniform, std::sqrt(6.0 / static_cast<double>(fan_in + fan_out))};
}
Init xavier_normal(std::int64_t fan_in, std::int64_t fan_out) {
  return {Init::Kind::normal, std::sqrt(2.0 / static_cast<double>(fan_in + fan_out))};
}

Tensor draw(const Init& init, const Shape& shape, Dtype dtype, std::uint64_t seed,
            std::uint64_t stream, const Device& device) {
  if (init.kind == Init::Kind::constant) return Tensor::full(shape, init.scale, dtype, device);
  Tensor host(shape, dtype, device.is_cpu() ? device : Device());
  Philox philox(seed);
  visit_float(dtype, "initialise", [&]<class T>() {
    T* to = host.mutable_data<T>();
    Philox::Words words{};
    for (std::int64_t i = 0; i < host.count(); ++i) {
      int k = static_cast<int>(i % 4);
      if (k == 0) words = philox.at(stream, static_cast<std::uint64_t>(i / 4));
      double value = init.kind == Init::Kind::uniform ? 2 * unit(words[k]) - 1 : normal(words, k);
      to[i] = static_cast<T>(init.scale * value);
    }
  });
  return host.to(device);
}

}  // namespace tutti::nn
