// Learning rates over the steps of a training run: optimizer.set_lr(schedule(step)).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace tutti::optim {

/// What those below are: the learning rate of a step, which counts from 0, and of nothing else; so
/// a run that is resumed needs no state of it. Sequence composes them. Error for a negative step,
/// for rates and factors that are negative or not finite, and for lengths below 1.
using Schedule = std::function<double(std::int64_t step)>;

/// Always `lr`.
struct Constant {
  double lr = 1e-2;
  double operator()(std::int64_t step) const;
};

/// lr * factor^n, where n whole `period`s have passed. As PyTorch's StepLR.
struct StepDecay {
  double lr = 1e-2;
  std::int64_t period = 1;
  double factor = 0.1;
  double operator()(std::int64_t step) const;
};

/// lr * factor^n, where n of the milestones have been reached; they ascend. As PyTorch's
/// MultiStepLR.
struct MultiStep {
  double lr = 1e-2;
  std::vector<std::int64_t> milestones = {};
  double factor = 0.1;
  double operator()(std::int64_t step) const;
};

/// lr * factor^step. As PyTorch's ExponentialLR.
struct Exponential {
  double lr = 1e-2;
  double factor = 0.99;
  double operator()(std::int64_t step) const;
};

/// lr * (1 - step / steps)^power, and 0 from `steps` on. As PyTorch's PolynomialLR.
struct Polynomial {
  double lr = 1e-2;
  std::int64_t steps = 1;
  double power = 1;
  double operator()(std::int64_t step) const;
};

/// In a straight line from start_lr, in step 0, to end_lr, which is kept from step `steps` on. As
/// PyTorch's LinearLR; with start_lr < end_lr a warm-up.
struct LinearRamp {
  double start_lr = 0, end_lr = 1e-2;
  std::int64_t steps = 1;
  double operator()(std::int64_t step) const;
};

/// Half a cosine from max_lr, in step 0, down to min_lr, which is kept from step `steps` - 1 on. As
/// PyTorch's CosineAnnealingLR with T_max = steps - 1. Source: Loshchilov, Hutter,
/// arXiv:1608.03983, without restarts.
struct Cosine {
  double max_lr = 1e-2;
  std::int64_t steps = 1;
  double min_lr = 0;
  double operator()(std::int64_t step) const;
};

/// Up from max_lr / start_divisor to max_lr in the first `warmup` part of the steps, then down to
/// max_lr / start_divisor / end_divisor, which is kept from step `steps` - 1 on, both by half a
/// cosine. As PyTorch's OneCycleLR where the warm-up takes a step or more; with less it starts at
/// max_lr. Source: Smith, Topin, arXiv:1708.07120.
struct OneCycle {
  double max_lr = 1e-2;
  std::int64_t steps = 1;
  double warmup = 0.3;
  double start_divisor = 25, end_divisor = 1e4;
  double operator()(std::int64_t step) const;
};

/// One after the other: schedules[i + 1] begins, with its step 0, in step milestones[i]; milestones
/// ascend, and are one less. As PyTorch's SequentialLR. A warm-up before a cosine:
///
///   optim::Sequence schedule{{optim::LinearRamp{.start_lr = 1e-5, .end_lr = 1e-3, .steps = 100},
///                             optim::Cosine{.max_lr = 1e-3, .steps = 900}},
///                            {100}};
struct Sequence {
  std::vector<Schedule> schedules;
  std::vector<std::int64_t> milestones;
  double operator()(std::int64_t step) const;
};

}  // namespace tutti::optim
