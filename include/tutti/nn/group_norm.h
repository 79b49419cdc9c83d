// Group and instance normalisation.
#pragma once

#include "tutti/nn/layer.h"

namespace tutti::nn {

struct GroupNormOptions {
  double epsilon = 1e-5;
  bool affine = true;  ///< has a weight and a bias
};

/// What GroupNorm and InstanceNorm share. weight [channels] starts as 1, bias [channels] as 0.
template <class Derived>
class ChannelGroupNorm : public Layer<Derived> {
 public:
  Variable forward(const Variable& x) const;

 protected:
  ChannelGroupNorm(std::int64_t groups, std::int64_t channels, const GroupNormOptions& options,
                   int least_rank);

 private:
  std::int64_t groups_, channels_;
  double epsilon_;
  int least_rank_;
  Variable weight_, bias_;
};

/// Over groups of neighbouring channels of x [n, channels, ...]; see tutti::group_norm. Error
/// unless groups divides channels.
class GroupNorm : public ChannelGroupNorm<GroupNorm> {
 public:
  GroupNorm(std::int64_t groups, std::int64_t channels, const GroupNormOptions& options = {})
      : ChannelGroupNorm(groups, channels, options, 2) {}
};

struct InstanceNormOptions {
  double epsilon = 1e-5;
  bool affine = false;
};

/// Over each channel of each sample of x [n, channels, ...], with two axes or more behind the
/// samples: groups of one channel. It keeps no running statistics.
class InstanceNorm : public ChannelGroupNorm<InstanceNorm> {
 public:
  explicit InstanceNorm(std::int64_t channels, const InstanceNormOptions& options = {})
      : ChannelGroupNorm(channels, channels, {options.epsilon, options.affine}, 3) {}
};

extern template class ChannelGroupNorm<GroupNorm>;
extern template class ChannelGroupNorm<InstanceNorm>;

}  // namespace tutti::nn
