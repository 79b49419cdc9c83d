#include "tutti/optim/optimizer.h"

#include <algorithm>
#include <cmath>

namespace tutti::optim {

Optimizer::Optimizer(const char* who, std::vector<std::string> moments)
    : who_(who), moment_names_(std::move(moments)) {}

void Optimizer::require_lr(double lr) const {
  if (!(std::isfinite(lr) && lr >= 0))
    raise(who_, ": found learning rate ", lr, ", expected a finite number of 0 or more");
}

void Optimizer::add_group(std::vector<Parameter> parameters, double lr) {
  if (parameters.empty()) raise(who_, ": found no parameters, expected those of a model");
  require_lr(lr);
  for (Parameter& parameter : parameters) {
    parameter.value();
    for (const Entry& entry : entries_)
      if (entry.parameter.is(parameter) || entry.parameter.path == parameter.path)
        raise(who_, ": found \"", parameter.path,
              "\" twice, expected each parameter in one group, and names that differ");
    entries_.push_back({std::move(parameter), lr_.size(), 0, {}});
  }
  lr_.push_back(lr);
}

void Optimizer::make_moments(Entry& entry) const {
  const Tensor& value = entry.parameter.value();
  for (std::size_t i = 0; i < moment_names_.size(); ++i)
    entry.moments.push_back(
        Tensor::zeros(value.shape(), accumulator_of(value.dtype()), value.device()));
}

void Optimizer::step() {
  for (Entry& entry : entries_) {
    Tensor gradient = entry.parameter.grad();
    if (!gradient) continue;
    if (entry.moments.empty()) make_moments(entry);
    ++entry.steps;
    update_entry(entry, gradient);
  }
}

void Optimizer::zero_grad() {
  for (Entry& entry : entries_) entry.parameter.zero_grad();
}

double Optimizer::lr(std::size_t group) const {
  if (group >= lr_.size())
    raise(who_, "::lr: found group ", group, ", expected less than ", lr_.size());
  return lr_[group];
}

void Optimizer::set_lr(double lr) {
  require_lr(lr);
  std::fill(lr_.begin(), lr_.end(), lr);
}

void Optimizer::set_lr(std::size_t group, double lr) {
  require_lr(lr);
  this->lr(group);
  lr_[group] = lr;
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  for (std::size_t group = 0; group < lr_.size(); ++group)
    state.set(text("lr.", group), lr_[group]);
  for (const Entry& entry : entries_) {
    if (entry.steps == 0) continue;
    state.set(entry.parameter.path + ".step", entry.steps);
    for (std::size_t i = 0; i < moment_names_.size(); ++i)
      state.set(entry.parameter.path + "." + moment_names_[i], entry.moments[i]);
  }
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  std::vector<StateSpec> expected;
  for (std::size_t group = 0; group < lr_.size(); ++group)
    expected.push_back({text("lr.", group), StateKind::number, {}, {}, {}});
  for (const Entry& entry : entries_) {
    const std::string& path = entry.parameter.path;
    if (!state.contains(path + ".step")) continue;  // it had no gradient
    expected.push_back({path + ".step", StateKind::integer, {}, {}, {}});
    for (const std::string& name : moment_names_)
      expected.push_back({path + "." + name,
                          StateKind::tensor,
                          entry.parameter.shape(),
                          accumulator_of(entry.parameter.dtype()),
                          {}});
  }
  state.require(text(who_, "::load_state_dict"), expected);
  for (std::size_t group = 0; group < lr_.size(); ++group)
    lr_[group] = state.at<double>(text("lr.", group));
  for (Entry& entry : entries_) {
    const std::string& path = entry.parameter.path;
    entry.steps = 0;
    entry.moments.clear();
    if (!state.contains(path + ".step")) continue;
    entry.steps = state.at<std::int64_t>(path + ".step");
    for (const std::string& name : moment_names_)
      entry.moments.push_back(
          state.at<Tensor>(path + "." + name).clone().to(entry.parameter.device()));
  }
}

std::vector<Parameter> numbered(std::span<const Variable> leaves) {
  std::vector<Parameter> out;
  for (const Variable& leaf : leaves) out.push_back({leaf, std::to_string(out.size())});
  return out;
}

}  // namespace tutti::optim
