#include "tutti/nn/recurrent.h"

#include <cmath>

#include "tutti/ops/gru.h"
#include "tutti/ops/lstm.h"

namespace tutti::nn {
namespace {

// The inputs' products of the whole sequence; biases that are only added join them.
Variable products(const Variable& x, const RecurrentLayers::Weights& weights) {
  if (!weights.inputs_bias) return linear(x, weights.inputs);
  return linear(x, weights.inputs, weights.inputs_bias + weights.states_bias);
}

void require_no_cell(std::string_view who, const Recurrence& given) {
  if (given.c) raise(who, ": found a state c ", given.c.shape(), ", expected h alone");
}

}  // namespace

RecurrentLayers::RecurrentLayers(std::string_view who, std::int64_t inputs, std::int64_t width,
                                 int gates, const RecurrentOptions& options,
                                 const AddParameter& add)
    : who_(who), inputs_(inputs), width_(width), options_(options) {
  if (inputs < 1 || width < 1 || options.layers < 1)
    raise(who, ": found ", inputs, " inputs, width ", width, " and ", options.layers,
          " layers, expected 1 or more of each");
  if (!(options.dropout >= 0 && options.dropout < 1))
    raise(who, ": found dropout ", options.dropout, ", expected 0 <= dropout < 1");
  if (options.dropout > 0 && options.layers == 1)
    raise(who, ": found dropout ", options.dropout,
          " and 1 layer, expected layers for it to be "
          "between");
  const int directions = options.bidirectional ? 2 : 1;
  const Init init = uniform(1 / std::sqrt(static_cast<double>(width)));
  for (int k = 0; k < options.layers * directions; ++k) {
    const std::string suffix =
        "_l" + std::to_string(k / directions) + (k % directions ? "_reverse" : "");
    const std::int64_t from = k < directions ? inputs : directions * width;
    Weights& weights = weights_.emplace_back();
    weights.inputs = add("weight_ih" + suffix, {gates * width, from}, init);
    weights.states = add("weight_hh" + suffix, {gates * width, width}, init);
    if (!options.bias) continue;
    weights.inputs_bias = add("bias_ih" + suffix, {gates * width}, init);
    weights.states_bias = add("bias_hh" + suffix, {gates * width}, init);
  }
}

std::vector<Variable> RecurrentLayers::started(const Variable& x,
                                               const std::vector<Variable>& states) const {
  if (x.shape().rank() != 3 || x.size(2) != inputs_ || x.size(options_.batch_first ? 1 : 0) < 1)
    raise(who_, ": found x ", x.shape(), ", expected ",
          options_.batch_first ? "[n, steps, " : "[steps, n, ", inputs_, "] with 1 step or more");
  const Shape shape{static_cast<std::int64_t>(weights_.size()),
                    x.size(options_.batch_first ? 0 : 1), width_};
  std::vector<Variable> out = states;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i]) out[i] = Tensor::zeros(shape, x.dtype(), x.device());
    if (out[i].shape() != shape)
      raise(who_, ": found a state ", i == 0 ? "h " : "c ", out[i].shape(), " for x ", x.shape(),
            ", expected ", shape);
  }
  return out;
}

std::vector<Variable> RecurrentLayers::run(const Variable& x, const std::vector<Variable>& states,
                                           const Tensor& lengths, const Dropout& dropout,
                                           const Cell& cell) const {
  const std::vector<Variable> given = started(x, states);
  const std::size_t directions = options_.bidirectional ? 2 : 1;
  Variable sequence = options_.batch_first ? transpose(x, 0, 1) : x;
  const std::int64_t steps = sequence.size(0);
  const Tensor live = live_steps({lengths}, steps, x.dtype());
  std::vector<std::vector<Variable>> last(given.size());
  for (std::size_t k = 0; k < weights_.size(); k += directions) {
    std::vector<Variable> ways;
    for (std::size_t way = 0; way < directions; ++way) {
      std::vector<Variable> start;
      for (const Variable& state : given)
        start.push_back(select(state, 0, static_cast<std::int64_t>(k + way)));
      std::vector<Variable> passed = cell(sequence, weights_[k + way], start, {lengths, way == 1});
      for (std::size_t i = 0; i < passed.size(); ++i)
        last[i].push_back(select(passed[i], 0, way == 1 ? 0 : steps - 1));
      ways.push_back(live ? passed[0] * live : passed[0]);
    }
    sequence = directions == 2 ? concat(ways, 2) : ways[0];
    if (k + directions < weights_.size()) sequence = dropout(sequence);
  }
  std::vector<Variable> out{options_.batch_first ? transpose(sequence, 0, 1) : sequence};
  for (const std::vector<Variable>& each : last) out.push_back(stack(each));
  return out;
}

RNN::RNN(std::int64_t inputs, std::int64_t width, const RecurrentOptions& options, RnnForm form)
    : form_(form),
      layers_("RNN", inputs, width, 1, options,
              [this](std::string name, const Shape& shape, Init init) {
                return add_parameter(std::move(name), shape, init);
              }),
      dropout_(add("dropout", Dropout(options.dropout))) {}

RnnOutput RNN::forward(const Variable& x, const Recurrence& given) const {
  require_no_cell("RNN", given);
  auto cell = [this](const Variable& in, const RecurrentLayers::Weights& weights,
                     std::span<const Variable> states, const SequenceOptions& options) {
    return std::vector{rnn(products(in, weights), weights.states, states[0], form_, options)};
  };
  std::vector<Variable> out = layers_.run(x, {given.h}, given.lengths, dropout_, cell);
  return {out[0], out[1]};
}

LSTM::LSTM(std::int64_t inputs, std::int64_t width, const RecurrentOptions& options)
    : layers_("LSTM", inputs, width, 4, options,
              [this](std::string name, const Shape& shape, Init init) {
                return add_parameter(std::move(name), shape, init);
              }),
      dropout_(add("dropout", Dropout(options.dropout))) {}

LstmOutput LSTM::forward(const Variable& x, const Recurrence& given) const {
  auto cell = [](const Variable& in, const RecurrentLayers::Weights& weights,
                 std::span<const Variable> states, const SequenceOptions& options) {
    return lstm(products(in, weights), weights.states, states[0], states[1], options);
  };
  std::vector<Variable> out = layers_.run(x, {given.h, given.c}, given.lengths, dropout_, cell);
  return {out[0], out[1], out[2]};
}

GRU::GRU(std::int64_t inputs, std::int64_t width, const RecurrentOptions& options)
    : layers_("GRU", inputs, width, 3, options,
              [this](std::string name, const Shape& shape, Init init) {
                return add_parameter(std::move(name), shape, init);
              }),
      dropout_(add("dropout", Dropout(options.dropout))) {}

RnnOutput GRU::forward(const Variable& x, const Recurrence& given) const {
  require_no_cell("GRU", given);
  auto cell = [](const Variable& in, const RecurrentLayers::Weights& weights,
                 std::span<const Variable> states, const SequenceOptions& options) {
    return std::vector{gru(linear(in, weights.inputs, weights.inputs_bias), weights.states,
                           weights.states_bias, states[0], options)};
  };
  std::vector<Variable> out = layers_.run(x, {given.h}, given.lengths, dropout_, cell);
  return {out[0], out[1]};
}

}  // namespace tutti::nn
