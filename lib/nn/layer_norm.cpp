#include "tutti/nn/layer_norm.h"

#include "tutti/ops/layer_norm.h"

namespace tutti::nn {

LayerNorm::LayerNorm(std::int64_t width, const LayerNormOptions& options)
    : epsilon_(options.epsilon) {
  if (width < 1 || !(options.epsilon >= 0))
    raise("LayerNorm: found width ", width, " and epsilon ", options.epsilon,
          ", expected 1 or more and 0 or more");
  weight_ = add_parameter("weight", {width}, ones());
  if (options.bias) bias_ = add_parameter("bias", {width}, zeros());
}

Variable LayerNorm::forward(const Variable& x) const {
  return layer_norm(x, weight_, bias_, epsilon_);
}

}  // namespace tutti::nn
