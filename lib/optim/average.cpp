#include "tutti/optim/average.h"

#include <set>

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {
namespace {

// Never the same memory.
Tensor copy_as(const Tensor& from, Dtype dtype) {
  return from.dtype() == dtype ? from.clone() : from.to(dtype);
}

}  // namespace

WeightAverage::WeightAverage(std::vector<Parameter> parameters, double decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  if (!(decay >= 0 && decay < 1))
    raise("WeightAverage: found decay ", decay, ", expected a number in [0, 1)");
  if (parameters_.empty()) raise("WeightAverage: found no parameters, expected those of a model");
  std::set<std::string> paths;
  for (const Parameter& parameter : parameters_) {
    parameter.value();
    if (!paths.insert(parameter.path).second)
      raise("WeightAverage: found \"", parameter.path, "\" twice, expected each parameter once");
  }
}

void WeightAverage::require_own_weights(const char* call) const {
  if (applied_)
    raise("WeightAverage::", call,
          ": found averages in the place of the weights, expected the weights; end the life of "
          "what apply() gave before");
}

void WeightAverage::update() {
  require_own_weights("update");
  if (averages_.empty())
    for (const Parameter& parameter : parameters_)
      averages_.push_back(copy_as(parameter.value(), accumulator_of(parameter.dtype())));
  else
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      tutti::update(Blend{1 - decay_}, averages_[i], parameters_[i].value());
  ++updates_;
}

WeightAverage::Applied::Applied(WeightAverage& average) : average_(average) {
  std::vector<Tensor> copies;  // all before any takes its place
  for (const Parameter& parameter : average.parameters_) {
    own_.push_back(parameter.value());
    copies.push_back(copy_as(average.averages_[copies.size()], parameter.dtype()));
  }
  for (std::size_t i = 0; i < copies.size(); ++i) average.parameters_[i].set_value(copies[i]);
  average.applied_ = true;
}

WeightAverage::Applied::~Applied() {
  for (std::size_t i = 0; i < own_.size(); ++i) average_.parameters_[i].set_value(own_[i]);
  average_.applied_ = false;
}

WeightAverage::Applied WeightAverage::apply() {
  require_own_weights("apply");
  if (averages_.empty())
    raise("WeightAverage::apply: found no average, expected an update() before");
  return Applied(*this);
}

StateDict WeightAverage::state_dict() const {
  StateDict state;
  state.set("updates", updates_);
  for (std::size_t i = 0; i < averages_.size(); ++i)
    state.set(parameters_[i].path + ".average", averages_[i]);
  return state;
}

void WeightAverage::load_state_dict(const StateDict& state) {
  std::vector<StateSpec> expected{
      {.name = "updates", .kind = StateKind::integer, .range = StateRange{}}};
  const auto* updates =
      state.contains("updates") ? std::get_if<std::int64_t>(&state.at("updates")) : nullptr;
  if (!updates || *updates != 0)
    for (const Parameter& parameter : parameters_)
      expected.push_back({parameter.path + ".average",
                          StateKind::tensor,
                          parameter.shape(),
                          accumulator_of(parameter.dtype()),
                          {}});
  state.require("WeightAverage::load_state_dict", expected);
  updates_ = *updates;
  averages_.clear();
  if (updates_ == 0) return;
  for (const Parameter& parameter : parameters_)
    averages_.push_back(
        state.at<Tensor>(parameter.path + ".average").clone().to(parameter.device()));
}

}  // namespace tutti::optim
