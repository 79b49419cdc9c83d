#include <cmath>

#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/ops/dropout.h"
#include "tutti/ops/matmul.h"

namespace tutti::nn {

namespace {

// What PyTorch's kaiming_uniform_(a = sqrt(5)) comes to.
Init by_fan_in(std::int64_t fan_in) {
  return uniform(1 / std::sqrt(static_cast<double>(fan_in)));
}

}  // namespace

Linear::Linear(std::int64_t inputs, std::int64_t outputs, bool bias) {
  if (inputs < 1 || outputs < 1)
    raise("Linear: found ", inputs, " inputs and ", outputs, " outputs, expected 1 or more");
  weight_ = add_parameter("weight", {outputs, inputs}, by_fan_in(inputs));
  if (bias) bias_ = add_parameter("bias", {outputs}, by_fan_in(inputs));
}

Conv2d::Conv2d(std::int64_t inputs, std::int64_t outputs, std::int64_t size, ConvGeometry geometry,
               bool bias)
    : geometry_(geometry) {
  if (inputs < 1 || outputs < 1 || size < 1)
    raise("Conv2d: found ", inputs, " inputs, ", outputs, " outputs and size ", size,
          ", expected 1 or more");
  const Init init = by_fan_in(inputs * size * size);
  weight_ = add_parameter("weight", {outputs, inputs, size, size}, init);
  if (bias) bias_ = add_parameter("bias", {outputs}, init);
}

Variable Conv2d::forward(const Variable& x) const {
  Variable y = conv2d(x, weight_, geometry_);
  return bias_ ? y + reshape(bias_, {-1, 1, 1}) : y;
}

Dropout::Dropout(double rate) : rate_(rate) {
  if (!(rate >= 0 && rate < 1)) raise("Dropout: found rate ", rate, ", expected 0 <= rate < 1");
}

Variable Dropout::forward(const Variable& x) const {
  if (!training() || rate_ == 0) return x;
  auto [key, stream] = next_draw();
  auto drop = [&, key = key, stream = stream](const Variable& y) {
    return y * dropout_mask(y.value(), rate_, key, stream);
  };
  return with_f32("dropout", drop, x);
}

}  // namespace tutti::nn
