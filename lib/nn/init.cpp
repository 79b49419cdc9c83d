#include "tutti/nn/init.h"

#include <cmath>

#include "tutti/base/random.h"

namespace tutti::nn {
namespace {

double normal(const Philox::Words& words, int k) {
  const NormalPair pair = box_muller(words[k / 2 * 2], words[k / 2 * 2 + 1]);
  return k % 2 ? pair.second : pair.first;
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
      double value =
          init.kind == Init::Kind::uniform ? 2 * unit_interval(words[k]) - 1 : normal(words, k);
      to[i] = static_cast<T>(init.scale * value);
    }
  });
  return host.to(device);
}

}  // namespace tutti::nn
