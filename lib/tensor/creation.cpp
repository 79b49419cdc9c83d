// Tensors of known numbers and of random ones.
#include <cmath>

#include "launch.h"
#include "tutti/base/philox.h"

namespace tutti {
namespace {

Tensor ramp(Tensor out, double offset, double step, std::int64_t shift) {
  out.device().dispatch([&](auto stream) { launch::ramp(stream, out, offset, step, shift); });
  return out;
}

// Each distribution has a stream of its own: one seed may serve several.
Tensor random(launch::Distribution distribution, std::string_view who, const Shape& shape,
              std::uint64_t seed, Dtype dtype, Device device) {
  visit_any_float(dtype, who, []<class T>() {});
  Tensor out(shape, dtype, std::move(device));
  out.device().dispatch(
      [&](auto stream) { launch::random(stream, out, distribution, seed, stream_of(who)); });
  return out;
}

}  // namespace

Tensor Tensor::ones(const Shape& shape, Dtype dtype, Device device) {
  return full(shape, 1, dtype, std::move(device));
}

Tensor Tensor::full_like(const Tensor& like, double value) {
  return full(like.shape(), value, like.dtype(), like.device());
}

Tensor Tensor::arange(double begin, double end, double step, Dtype dtype, Device device) {
  const double count = std::ceil((end - begin) / step);
  if (!(std::abs(count) < 0x1p62) || count < 0)
    raise("arange: found ", begin, " to ", end, " by steps of ", step,
          ", expected finite numbers and a step towards the end");
  if (!is_float(dtype) && (begin != std::floor(begin) || step != std::floor(step)))
    raise("arange: found begin ", begin, " and step ", step, " for ", dtype,
          ", expected whole numbers; ask for a float dtype");
  return ramp(Tensor({static_cast<std::int64_t>(count)}, dtype, std::move(device)), begin, step, 0);
}

Tensor Tensor::arange(double end, Dtype dtype, Device device) {
  return arange(0, end, 1, dtype, std::move(device));
}

Tensor Tensor::linspace(double begin, double end, std::int64_t count, Dtype dtype, Device device) {
  visit_any_float(dtype, "linspace", []<class T>() {});
  Tensor out({count}, dtype, std::move(device));
  // Each half is counted from its own end, so that both ends are exact.
  const double step = count > 1 ? (end - begin) / static_cast<double>(count - 1) : 0;
  const std::int64_t half = (count + 1) / 2;
  ramp(out.slice(0, 0, half), begin, step, 0);
  ramp(out.slice(0, half, count), end, step, half - count + 1);
  return out;
}

Tensor Tensor::eye(std::int64_t rows, std::int64_t columns, Dtype dtype, Device device) {
  const Shape shape{rows, columns};
  Tensor out(shape, Dtype::u8, std::move(device));
  const Tensor row = arange(static_cast<double>(rows), Dtype::i64, out.device());
  const Tensor column = arange(static_cast<double>(columns), Dtype::i64, out.device());
  out.device().dispatch([&](auto stream) {
    launch::compare(stream, launch::Relation::equal, out, row.reshape({rows, 1}).expand(shape),
                    column.expand(shape));
  });
  return out.to(dtype);
}

Tensor Tensor::eye(std::int64_t rows, Dtype dtype, Device device) {
  return eye(rows, rows, dtype, std::move(device));
}

Tensor Tensor::rand(const Shape& shape, std::uint64_t seed, Dtype dtype, Device device) {
  return random(launch::Distribution::uniform, "rand", shape, seed, dtype, std::move(device));
}

Tensor Tensor::randn(const Shape& shape, std::uint64_t seed, Dtype dtype, Device device) {
  return random(launch::Distribution::normal, "randn", shape, seed, dtype, std::move(device));
}

}  // namespace tutti
