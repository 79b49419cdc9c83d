// Adam and AdamW.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;  ///< shrink weights instead of adding to gradients: AdamW
};

/// Sources: Kingma, Ba, arXiv:1412.6980, algorithm 1; AdamW: Loshchilov, Hutter, arXiv:1711.05101,
/// with the decay scaled by lr.
class Adam : public Optimizer {
 public:
  explicit Adam(std::vector<Variable> parameters, AdamOptions options = {});
  void step() override;

 private:
  AdamOptions options_;
  std::vector<Tensor> mean_, square_;
  std::vector<std::int64_t> steps_;
};

}  // namespace tutti::optim
