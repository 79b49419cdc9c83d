#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/ops/dropout.h"
#include "tutti/ops/matmul.h"

namespace tutti::nn {

Linear::Linear(std::int64_t inputs, std::int64_t outputs, bool bias) {
  if (inputs < 1 || outputs < 1)
    raise("Linear: found ", inputs, " inputs and ", outputs, " outputs, expected 1 or more");
  weight_ = add_parameter("weight", {outputs, inputs}, kaiming_uniform(inputs));
  if (bias) bias_ = add_parameter("bias", {outputs}, zeros());
}

Variable Linear::forward(const Variable& x) const {
  const Shape& weight = weight_.shape();
  if (x.shape().rank() < 2 || x.size(-1) != weight[1])
    raise("Linear: found input ", x.shape(), " for weight ", weight, ", expected [..., ", weight[1],
          "]");
  Variable y = matmul(x, transpose(weight_));
  return bias_ ? y + bias_ : y;
}

Conv2d::Conv2d(std::int64_t inputs, std::int64_t outputs, std::int64_t size, ConvGeometry geometry,
               bool bias)
    : geometry_(geometry) {
  if (inputs < 1 || outputs < 1 || size < 1)
    raise("Conv2d: found ", inputs, " inputs, ", outputs, " outputs and size ", size,
          ", expected 1 or more");
  weight_ =
      add_parameter("weight", {outputs, inputs, size, size}, kaiming_uniform(inputs * size * size));
  if (bias) bias_ = add_parameter("bias", {outputs}, zeros());
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
  return x * dropout_mask(x.value(), rate_, key, stream);
}

}  // namespace tutti::nn
