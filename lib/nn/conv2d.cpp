#include "tutti/nn/conv2d.h"

namespace tutti::nn {

Conv2d::Conv2d(std::int64_t inputs, std::int64_t outputs, std::int64_t size, ConvGeometry geometry,
               bool bias)
    : geometry_(geometry) {
  if (inputs < 1 || outputs < 1 || size < 1)
    raise("Conv2d: found ", inputs, " inputs, ", outputs, " outputs and size ", size,
          ", expected 1 or more");
  const Init init = fan_in_uniform(inputs * size * size);
  weight_ = add_parameter("weight", {outputs, inputs, size, size}, init);
  if (bias) bias_ = add_parameter("bias", {outputs}, init);
}

Variable Conv2d::forward(const Variable& x) const {
  Variable y = conv2d(x, weight_, geometry_);
  return bias_ ? y + reshape(bias_, {-1, 1, 1}) : y;
}

}  // namespace tutti::nn
