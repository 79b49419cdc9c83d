// A fully connected layer.
#pragma once

#include "tutti/nn/module.h"

namespace tutti::nn {

/// y = x weight^T + bias: x [..., inputs], weight [outputs, inputs], bias [outputs]. The weight is
/// drawn by kaiming_uniform(inputs), the bias is 0.
class Linear : public Module {
 public:
  Linear(std::int64_t inputs, std::int64_t outputs, bool bias = true);
  Variable forward(const Variable& x) const;
  Variable operator()(const Variable& x) const { return forward(x); }

 private:
  Variable weight_, bias_;
};

}  // namespace tutti::nn
