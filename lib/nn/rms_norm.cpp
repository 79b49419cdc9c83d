#include "tutti/nn/rms_norm.h"

#include <limits>

#include "tutti/ops/rms_norm.h"

namespace tutti::nn {

RMSNorm::RMSNorm(std::int64_t width, const RMSNormOptions& options)
    : width_(width), epsilon_(options.epsilon) {
  if (width < 1 || !(epsilon_.value_or(0) >= 0))
    raise("RMSNorm: found width ", width, " and epsilon ", epsilon_.value_or(0),
          ", expected 1 or more and 0 or more");
  if (options.affine) weight_ = add_parameter("weight", {width}, ones());
}

Variable RMSNorm::forward(const Variable& x) const {
  if (x.shape().rank() == 0 || x.size(-1) != width_)
    raise("RMSNorm: found shape ", x.shape(), ", expected [..., ", width_, ']');
  const bool wide = x.dtype() == Dtype::f64;
  return rms_norm(x, weight_,
                  epsilon_.value_or(wide ? std::numeric_limits<double>::epsilon()
                                         : std::numeric_limits<float>::epsilon()));
}

}  // namespace tutti::nn
