// Learning rates over the steps of a training run: optimizer.set_lr(schedule(step)).
#pragma once

#include <cstdint>

namespace tutti::optim {

/// Up from max_lr / start_divisor to max_lr in the first `warmup` part of the steps, then down to
/// max_lr / end_divisor, both by half a cosine. Steps count from 0; later ones keep the last value.
/// Source: Smith, Topin, arXiv:1708.07120.
struct OneCycle {
  double max_lr = 1e-2;
  std::int64_t steps = 1;
  double warmup = 0.3;
  double start_divisor = 25, end_divisor = 1e4;
  double operator()(std::int64_t step) const;
};

/// Linear from 0 to max_lr in `warmup` steps, then half a cosine down to min_lr at the last step.
/// Source: Loshchilov, Hutter, arXiv:1608.03983, without restarts.
struct Cosine {
  double max_lr = 1e-2;
  std::int64_t steps = 1;
  std::int64_t warmup = 0;
  double min_lr = 0;
  double operator()(std::int64_t step) const;
};

}  // namespace tutti::optim
