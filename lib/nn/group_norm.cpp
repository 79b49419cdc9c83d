#include "tutti/nn/group_norm.h"

#include "tutti/ops/group_norm.h"

namespace tutti::nn {

template <class Derived>
ChannelGroupNorm<Derived>::ChannelGroupNorm(std::int64_t groups, std::int64_t channels,
                                            const GroupNormOptions& options, int least_rank)
    : groups_(groups), channels_(channels), epsilon_(options.epsilon), least_rank_(least_rank) {
  if (groups < 1 || channels < 1 || channels % groups != 0)
    raise(this->type(), ": found ", groups, " groups and ", channels,
          " channels, expected groups that divide the channels");
  if (!(epsilon_ >= 0)) raise(this->type(), ": found epsilon ", epsilon_, ", expected 0 or more");
  if (!options.affine) return;
  weight_ = this->add_parameter("weight", {channels}, ones());
  bias_ = this->add_parameter("bias", {channels}, zeros());
}

template <class Derived>
Variable ChannelGroupNorm<Derived>::forward(const Variable& x) const {
  if (x.shape().rank() < least_rank_ || x.size(1) != channels_)
    raise(this->type(), ": found shape ", x.shape(), ", expected [n, ", channels_,
          least_rank_ > 2 ? ", ...] with one axis more at least" : ", ...]");
  return group_norm(x, groups_, weight_, bias_, epsilon_);
}

template class ChannelGroupNorm<GroupNorm>;
template class ChannelGroupNorm<InstanceNorm>;

}  // namespace tutti::nn
