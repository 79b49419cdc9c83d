// Recurrent layers.
#pragma once

#include "tutti/nn/dropout.h"
#include "tutti/ops/recurrent.h"
#include "tutti/ops/rnn.h"

namespace tutti::nn {

struct RecurrentOptions {
  int layers = 1;  ///< each one's input is the state of the one before
  bool bias = true;
  bool batch_first = false;    ///< x and y are [n, steps, ...], not [steps, n, ...]
  double dropout = 0;          ///< of the states between layers, in training
  bool bidirectional = false;  ///< every layer also runs from the last step to the first
};

/// What a recurrent layer may be given beside its input.
struct Recurrence {
  /// The states before the first step, [layers * directions, n, width], a layer's directions one
  /// after the other; empty: 0. Only an LSTM has c.
  Variable h = {}, c = {};
  /// i64 [n], from 0 to the number of steps (on the CPU another one is an Error): past its length
  /// a sequence keeps its state and gives zeros, and its reverse direction starts at its own end.
  /// So results are those of PyTorch's packed sequences. Empty: all have all steps.
  Tensor lengths = {};
};

/// y: the last layer's states at every step, in the order of x: [steps, n, directions * width]. h,
/// and c for an LSTM: every layer's last state, as in Recurrence.
struct RnnOutput {
  Variable y, h;
};
struct LstmOutput {
  Variable y, h, c;
};

/// What RNN, LSTM and GRU share. Parameters go by PyTorch's names: of layer 0 weight_ih_l0 [gates *
/// width, inputs], weight_hh_l0 [gates * width, width], bias_ih_l0 and bias_hh_l0 [gates * width],
/// then those of its other direction, weight_ih_l0_reverse and so on. All are drawn uniformly
/// within 1 / sqrt(width).
class RecurrentLayers {
 public:
  struct Weights {
    Variable inputs, states, inputs_bias, states_bias;  ///< biases may be empty
  };
  using AddParameter = std::function<Variable(std::string, const Shape&, Init)>;
  /// The states [steps, n, width] after each step, h first.
  using Cell = std::function<std::vector<Variable>(const Variable& x, const Weights& weights,
                                                   std::span<const Variable> states,
                                                   const SequenceOptions& options)>;

  RecurrentLayers(std::string_view who, std::int64_t inputs, std::int64_t width, int gates,
                  const RecurrentOptions& options, const AddParameter& add);

  /// {y, h} for one state, {y, h, c} for two.
  std::vector<Variable> run(const Variable& x, const std::vector<Variable>& states,
                            const Tensor& lengths, const Dropout& dropout, const Cell& cell) const;

 private:
  std::vector<Variable> started(const Variable& x, const std::vector<Variable>& states) const;

  std::string who_;
  std::int64_t inputs_, width_;
  RecurrentOptions options_;
  std::vector<Weights> weights_;  ///< by layer, then direction
};

/// h = tanh(x W_ih^T + b_ih + h W_hh^T + b_hh), or relu of that, at every step of x [steps, n,
/// inputs]:
///   auto [y, h] = rnn(x, nn::Recurrence{.lengths = lengths});
class RNN : public Layer<RNN> {
 public:
  RNN(std::int64_t inputs, std::int64_t width, const RecurrentOptions& options = {},
      RnnForm form = RnnForm::tanh);
  RnnOutput forward(const Variable& x, const Recurrence& given = {}) const;

 private:
  RnnForm form_;
  RecurrentLayers layers_;
  Dropout dropout_;
};

/// Long short-term memory over x [steps, n, inputs]; see tutti::lstm. Its 4 gates are i, f, g and
/// o. auto [y, h, c] = lstm(x).
class LSTM : public Layer<LSTM> {
 public:
  LSTM(std::int64_t inputs, std::int64_t width, const RecurrentOptions& options = {});
  LstmOutput forward(const Variable& x, const Recurrence& given = {}) const;

 private:
  RecurrentLayers layers_;
  Dropout dropout_;
};

/// Gated recurrent units over x [steps, n, inputs]; see tutti::gru. The 3 gates are r, z and n.
/// auto [y, h] = gru(x).
class GRU : public Layer<GRU> {
 public:
  GRU(std::int64_t inputs, std::int64_t width, const RecurrentOptions& options = {});
  RnnOutput forward(const Variable& x, const Recurrence& given = {}) const;

 private:
  RecurrentLayers layers_;
  Dropout dropout_;
};

}  // namespace tutti::nn
