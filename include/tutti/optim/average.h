// The exponential moving average of weights.
#pragma once

#include <cstdint>
#include <vector>

#include "tutti/autograd/variable.h"
#include "tutti/tensor/state_dict.h"

namespace tutti::optim {

/// Follows parameters (handles) from step to step:
///
///   optim::WeightAverage average(model.parameters(), 0.999);
///   ... optimizer.step(); average.update(); ...
///   {
///     auto averaged = average.apply();   // the model has the averages now
///     evaluate(model);
///   }                                    // and its own weights again
///
/// The first update() takes the weights as they are; later ones move each average by 1 - decay of
/// the way to the weight, in one pass over memory. Averages are f32 (f64 for f64 parameters).
/// Buffers (as running statistics) are not averaged. Not collective: ranks with equal weights get
/// equal averages. Source: Polyak, Juditsky, SIAM J. Control Optim. 30 (1992), with the weights of
/// PyTorch's get_ema_multi_avg_fn.
class WeightAverage {
 public:
  /// Error unless there are parameters, named each once and all initialised, and decay is in
  /// [0, 1).
  WeightAverage(std::vector<Parameter> parameters, double decay);
  WeightAverage(const WeightAverage&) = delete;

  /// Error while averages are applied.
  void update();
  std::int64_t updates() const { return updates_; }

  /// While it lives the parameters hold copies of the averages, rounded to their dtypes; then they
  /// hold the memory from before again. What an optimizer changes in between is lost.
  class Applied {
   public:
    ~Applied();
    Applied(const Applied&) = delete;

   private:
    friend class WeightAverage;
    explicit Applied(WeightAverage& average);
    WeightAverage& average_;
    std::vector<Tensor> own_;  ///< values of the parameters
  };
  /// This object must outlive what it gives. Error before the first update(), and while averages
  /// are applied already.
  [[nodiscard]] Applied apply();

  /// Number of updates, and averages by the parameters' paths. Shares memory.
  StateDict state_dict() const;
  /// Takes copies. Error that lists every name that is missing, surplus or misshapen; nothing has
  /// changed then.
  void load_state_dict(const StateDict& state);

 private:
  void require_own_weights(const char* call) const;

  std::vector<Parameter> parameters_;
  double decay_;
  std::int64_t updates_ = 0;
  std::vector<Tensor> averages_;  ///< made by the first update
  bool applied_ = false;
};

}  // namespace tutti::optim
