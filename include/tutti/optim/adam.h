// Adam and AdamW.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< times the weight, added to the gradient
};

/// Source: Kingma, Ba, arXiv:1412.6980, algorithm 1.
class Adam : public Optimizer {
 public:
  explicit Adam(std::vector<Parameter> parameters, const AdamOptions& options = {})
      : Adam(std::vector<Group<AdamOptions>>{{std::move(parameters), options}}) {}
  explicit Adam(std::vector<Group<AdamOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<AdamOptions> options_;
};

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;  ///< times lr: by how much a step shrinks the weight itself
};

/// Adam with decoupled weight decay. Source: Loshchilov, Hutter, arXiv:1711.05101, with the decay
/// scaled by lr, as in PyTorch.
class AdamW : public Optimizer {
 public:
  explicit AdamW(std::vector<Parameter> parameters, const AdamWOptions& options = {})
      : AdamW(std::vector<Group<AdamWOptions>>{{std::move(parameters), options}}) {}
  explicit AdamW(std::vector<Group<AdamWOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<AdamWOptions> options_;
};

}  // namespace tutti::optim
