// Dynamic scaling of the loss, for gradients that f16 would lose.
#pragma once

#include <cstdint>

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct LossScalerOptions {
  double scale = 65536;  ///< to begin with; powers of two round nothing
  double growth = 2;     ///< times the scale, after `interval` steps in a row that were taken
  double backoff = 0.5;  ///< times the scale, after a step that was not
  std::int64_t interval = 2000;
};

/// Multiplies the loss, so that small gradients do not become 0 in f16, and leaves out the steps in
/// which large ones became infinite:
///
///   {
///     Autocast scope(Dtype::f16);
///     loss = nn::cross_entropy(model(x), labels);
///   }
///   scaler.scale(loss).backward();
///   scaler.step(adam);  // in place of adam.step()
///   adam.zero_grad();
///
/// Not collective: ranks with equal gradients, as a wrapper leaves them, decide alike. All shards
/// of a step see one scale. Source: Micikevicius et al., arXiv:1710.03740; defaults and schedule
/// are those of PyTorch's GradScaler.
class LossScaler {
 public:
  /// Error unless scale is positive, growth at least 1, backoff in (0, 1) and interval at least 1.
  explicit LossScaler(const LossScalerOptions& options = {});

  /// loss times the scale, as f32 where the loss has 16 bits. Begins a step: what unscale() found
  /// before counts no more.
  Variable scale(const Variable& loss);
  double scale() const { return scale_; }

  /// Divides the optimizer's gradients by the scale, in place; false where one of them is not
  /// finite: then they stay. For clipping before step(), which does the same where this was not
  /// called. Waits for the device. Error when called twice before a step.
  bool unscale(Optimizer& optimizer);

  /// Takes the optimizer's step with unscaled gradients and gives true, or leaves it out and gives
  /// false where one of them is not finite; then adapts the scale. One optimizer to a scaler: each
  /// call is a step of the schedule. Error where unscale() was called for another optimizer, and
  /// where the scale has become so small that scaling is not what is wrong.
  bool step(Optimizer& optimizer);

  /// "scale", and "taken": steps since the scale changed.
  StateDict state_dict() const;
  /// Error for names or values that do not fit; nothing has changed then.
  void load_state_dict(const StateDict& state);

 private:
  LossScalerOptions options_;
  double scale_;
  std::int64_t taken_ = 0;
  const Optimizer* unscaled_ = nullptr;  ///< whose gradients have been looked at
  bool finite_ = true;                   ///< what was found
};

}  // namespace tutti::optim
