// Group and instance normalisation.
#pragma once

#include "tutti/nn/layer.h"

namespace tutti::nn {

struct GroupNormOptions {
  double epsilon = 1e-5;
  bool affine = true;  ///< has a weight and a bias
};

/// Over groups of neighbouring channels of x [n, channels, ...]; see tutti::group_norm. weight
/// [channels] starts as 1, bias [channels] as 0. Error unless groups divides channels.
class GroupNorm : public Layer<GroupNorm> {
 public:
  GroupNorm(std::int64_t groups, std::int64_t channels, const GroupNormOptions& options = {});
  Variable forward(const Variable& x) const;

 private:
  std::int64_t groups_, channels_;
  double epsilon_;
  Variable weight_, bias_;
};

struct InstanceNormOptions {
  double epsilon = 1e-5;
  bool affine = false;
};

/// Over each channel of each sample of x [n, channels, ...], with two axes or more behind the
/// samples: groups of one channel. It keeps no running statistics.
class InstanceNorm : public Layer<InstanceNorm> {
 public:
  explicit InstanceNorm(std::int64_t channels, const InstanceNormOptions& options = {});
  Variable forward(const Variable& x) const;

 private:
  std::int64_t channels_;
  double epsilon_;
  Variable weight_, bias_;
};

}  // namespace tutti::nn
