// A learning rate that falls where a metric stops improving.
#pragma once

#include "tutti/tensor/state_dict.h"

namespace tutti::optim {

struct PlateauOptions {
  double lr = 1e-2;            ///< the first one
  double factor = 0.1;         ///< by which it falls
  std::int64_t patience = 10;  ///< how many calls without improvement are borne
  double threshold = 1e-4;     ///< what counts as an improvement: this part of the best metric
  bool absolute = false;       ///< or this much
  bool maximise = false;       ///< is a greater metric a better one?
  std::int64_t cooldown = 0;   ///< how many calls after a fall are not counted
  double min_lr = 0;
  double epsilon = 1e-8;  ///< a fall by no more than this is left out
};

/// Call it once an epoch: optimizer.set_lr(plateau.step(validation_loss)). Ranks must give the same
/// metric, one that was averaged over them: else their rates differ, and DataParallel's next step
/// says so. As PyTorch's ReduceLROnPlateau.
class ReduceOnPlateau {
 public:
  /// Error unless factor is in [0, 1), a threshold that is a part below 1, min_lr at most lr, and
  /// all are finite and not negative.
  explicit ReduceOnPlateau(const PlateauOptions& options = {});

  /// The learning rate after a measurement. Error for a metric that is not a number.
  double step(double metric);
  double lr() const { return lr_; }

  StateDict state_dict() const;
  /// Error that lists every name that is missing, surplus or of another kind; nothing has changed
  /// then.
  void load_state_dict(const StateDict& state);

 private:
  bool improves(double metric) const;

  PlateauOptions options_;
  double lr_, best_;
  std::int64_t bad_ = 0;      ///< calls since the last improvement
  std::int64_t resting_ = 0;  ///< calls that the cooldown still takes
};

}  // namespace tutti::optim
