// Activation functions as layers: any shape; see tutti/ops/activation.h.
#pragma once

#include "tutti/nn/layer.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/softmax.h"

namespace tutti::nn {

class ReLU : public Layer<ReLU> {
 public:
  Variable forward(const Variable& x) const { return relu(x); }
};

class LeakyReLU : public Layer<LeakyReLU> {
 public:
  explicit LeakyReLU(double slope = 0.01) : slope_(slope) {}
  Variable forward(const Variable& x) const { return leaky_relu(x, slope_); }

 private:
  double slope_;
};

class ELU : public Layer<ELU> {
 public:
  explicit ELU(double alpha = 1) : alpha_(alpha) {}
  Variable forward(const Variable& x) const { return elu(x, alpha_); }

 private:
  double alpha_;
};

enum class GeluForm { exact, tanh };

/// x times the normal distribution below x, exactly or by tanh; see tutti::gelu and gelu_tanh.
class GELU : public Layer<GELU> {
 public:
  explicit GELU(GeluForm form = GeluForm::exact) : form_(form) {}
  Variable forward(const Variable& x) const {
    return form_ == GeluForm::exact ? gelu(x) : gelu_tanh(x);
  }

 private:
  GeluForm form_;
};

class SiLU : public Layer<SiLU> {
 public:
  Variable forward(const Variable& x) const { return silu(x); }
};

class Sigmoid : public Layer<Sigmoid> {
 public:
  Variable forward(const Variable& x) const { return sigmoid(x); }
};

class Tanh : public Layer<Tanh> {
 public:
  Variable forward(const Variable& x) const { return tanh(x); }
};

class Softplus : public Layer<Softplus> {
 public:
  Variable forward(const Variable& x) const { return softplus(x); }
};

/// Over the last axis.
class Softmax : public Layer<Softmax> {
 public:
  Variable forward(const Variable& x) const { return softmax(x); }
};

/// Over the last axis.
class LogSoftmax : public Layer<LogSoftmax> {
 public:
  Variable forward(const Variable& x) const { return log_softmax(x); }
};

}  // namespace tutti::nn
