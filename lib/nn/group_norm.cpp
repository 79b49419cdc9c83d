#include "tutti/nn/group_norm.h"

#include "tutti/ops/group_norm.h"

namespace tutti::nn {
namespace {

void require_channels(std::string_view who, const Variable& x, std::int64_t channels, int least) {
  if (x.shape().rank() < least || x.size(1) != channels)
    raise(who, ": found shape ", x.shape(), ", expected [n, ", channels,
          least > 2 ? ", ...] with one axis more at least" : ", ...]");
}

}  // namespace

GroupNorm::GroupNorm(std::int64_t groups, std::int64_t channels, const GroupNormOptions& options)
    : groups_(groups), channels_(channels), epsilon_(options.epsilon) {
  if (groups < 1 || channels < 1 || channels % groups != 0)
    raise("GroupNorm: found ", groups, " groups and ", channels,
          " channels, expected groups that divide the channels");
  if (!(epsilon_ >= 0)) raise("GroupNorm: found epsilon ", epsilon_, ", expected 0 or more");
  if (!options.affine) return;
  weight_ = add_parameter("weight", {channels}, ones());
  bias_ = add_parameter("bias", {channels}, zeros());
}

Variable GroupNorm::forward(const Variable& x) const {
  require_channels("GroupNorm", x, channels_, 2);
  return group_norm(x, groups_, weight_, bias_, epsilon_);
}

InstanceNorm::InstanceNorm(std::int64_t channels, const InstanceNormOptions& options)
    : channels_(channels), epsilon_(options.epsilon) {
  if (channels < 1 || !(epsilon_ >= 0))
    raise("InstanceNorm: found ", channels, " channels and epsilon ", epsilon_,
          ", expected 1 or more and 0 or more");
  if (!options.affine) return;
  weight_ = add_parameter("weight", {channels}, ones());
  bias_ = add_parameter("bias", {channels}, zeros());
}

Variable InstanceNorm::forward(const Variable& x) const {
  require_channels("InstanceNorm", x, channels_, 3);
  return group_norm(x, channels_, weight_, bias_, epsilon_);
}

}  // namespace tutti::nn
