#include "tutti/optim/optimizer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "tutti/base/philox.h"

namespace tutti::optim {
namespace {

constexpr std::uint64_t fnv_prime = 0x100000001b3;  // Fowler, Noll, Vo, in RFC 9923

}  // namespace

void Optimizer::require_lr(double lr) const {
  if (!(std::isfinite(lr) && lr >= 0))
    raise(who_, ": found learning rate ", lr, ", expected a finite number of 0 or more");
}

void Optimizer::add_group(std::vector<Parameter> parameters, double lr,
                          std::initializer_list<Option> options, std::vector<std::string> moments) {
  if (parameters.empty()) raise(who_, ": found no parameters, expected those of a model");
  require_lr(lr);
  for (const auto& [name, value, below_one] : options)
    if (!(std::isfinite(value) && value >= 0 && (value < 1 || !below_one)))
      raise(who_, ": found ", name, " ", value, ", expected a ",
            below_one ? "number in [0, 1)" : "finite number of 0 or more");
  for (Parameter& parameter : parameters) {
    parameter.value();
    for (const Entry& entry : entries_)
      if (entry.parameter.is(parameter) || entry.parameter.path == parameter.path)
        raise(who_, ": found \"", parameter.path,
              "\" twice, expected each parameter in one group, and names that differ");
    entries_.push_back({std::move(parameter), lr_.size(), 0, {}});
  }
  lr_.push_back(lr);
  moment_names_.push_back(std::move(moments));
  std::uint64_t rule = stream_of(who_);
  for (const Option& option : options)
    rule = (rule ^ std::bit_cast<std::uint64_t>(option.value)) * fnv_prime;
  rules_.push_back(rule);
}

void Optimizer::make_moments(Entry& entry) const {
  const Tensor& value = entry.parameter.value();
  for (std::size_t i = 0; i < moment_names_[entry.group].size(); ++i)
    entry.moments.push_back(
        Tensor::zeros(value.shape(), accumulator_of(value.dtype()), value.device()));
}

void Optimizer::step() {
  bool any = false;
  for (const Entry& entry : entries_) {  // before anything has changed
    if (!entry.parameter.grad()) continue;
    any = true;
    const GradientSlot& slot = entry.parameter.slot();
    if (slot.sink) slot.sink->use(slot.index, rule_of(entry));
  }
  for (Entry& entry : entries_) {
    Tensor gradient = entry.parameter.grad();
    if (!gradient) continue;
    if (entry.moments.empty()) make_moments(entry);
    ++entry.steps;
    update_entry(entry, gradient);
  }
  if (!any)
    raise(who_, "::step: found no gradient in any of ", entries_.size(),
          " parameters, expected a backward() before; was zero_grad() called between them, or does "
          "the loss depend on another model?");
}

// What ranks that step alike have in common.
std::uint64_t Optimizer::rule_of(const Entry& entry) const {
  const auto lr = std::bit_cast<std::uint64_t>(lr_[entry.group]);
  return ((rules_[entry.group] ^ lr) * fnv_prime ^ static_cast<std::uint64_t>(entry.steps)) *
         fnv_prime;
}

void Optimizer::zero_grad() {
  for (Entry& entry : entries_) entry.parameter.zero_grad();
}

std::vector<Parameter> Optimizer::parameters() const {
  std::vector<Parameter> out;
  for (const Entry& entry : entries_) out.push_back(entry.parameter);
  return out;
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
  for (const Entry& entry : entries_) {
    const std::string& path = entry.parameter.path;
    state.set(path + ".lr", lr_[entry.group]);
    state.set(path + ".step", entry.steps);
    for (std::size_t i = 0; i < entry.moments.size(); ++i)
      state.set(path + "." + moment_names_[entry.group][i], entry.moments[i]);
  }
  return state;
}

void Optimizer::require_state(const StateDict& state) const {
  std::vector<StateSpec> expected;
  for (const Entry& entry : entries_) {
    const std::string& path = entry.parameter.path;
    expected.push_back({.name = path + ".lr", .kind = StateKind::number, .range = StateRange{}});
    expected.push_back({.name = path + ".step", .kind = StateKind::integer, .range = StateRange{}});
    const auto* steps = state.contains(path + ".step")
                            ? std::get_if<std::int64_t>(&state.at(path + ".step"))
                            : nullptr;
    if (steps && *steps == 0) continue;  // it had no gradient
    for (const std::string& name : moment_names_[entry.group])
      expected.push_back({path + "." + name,
                          StateKind::tensor,
                          entry.parameter.shape(),
                          accumulator_of(entry.parameter.dtype()),
                          {}});
  }
  state.require(text(who_, "::load_state_dict"), expected);
  std::vector<std::optional<double>> lr(lr_.size());
  for (const Entry& entry : entries_) {
    double found = state.at<double>(entry.parameter.path + ".lr");
    if (lr[entry.group] && *lr[entry.group] != found)
      raise(who_, "::load_state_dict: found learning rates ", *lr[entry.group], " and ", found,
            " for parameters of one group (\"", entry.parameter.path,
            "\"), expected one; group them as they were when the state was saved");
    lr[entry.group] = found;
  }
}

void Optimizer::load_state_dict(const StateDict& state) {
  require_state(state);
  for (Entry& entry : entries_) {
    const std::string& path = entry.parameter.path;
    lr_[entry.group] = state.at<double>(path + ".lr");
    entry.steps = state.at<std::int64_t>(path + ".step");
    entry.moments.clear();
    if (entry.steps == 0) continue;
    for (const std::string& name : moment_names_[entry.group])
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
