// What all update rules share.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "tutti/autograd/variable.h"
#include "tutti/tensor/state_dict.h"

namespace tutti::optim {

/// Parameters with options of their own.
template <class Options>
struct Group {
  std::vector<Parameter> parameters;
  Options options = {};
};

/// Holds parameters (handles), in groups that each have a learning rate. step() changes the values
/// in place; a parameter without gradient is left alone, and where none has one it is an Error, as
/// it is where a wrapper's average was used before. Moments are f32 (f64 for f64 parameters) and
/// made when first needed. Not collective: ranks with equal gradients stay equal.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  void step();
  /// Marks every gradient slot empty.
  void zero_grad();
  /// Those of all groups.
  std::vector<Parameter> parameters() const;

  std::size_t groups() const { return lr_.size(); }
  double lr(std::size_t group = 0) const;
  /// Of all groups.
  void set_lr(double lr);
  void set_lr(std::size_t group, double lr);

  /// Learning rate, steps and moments by the parameters' paths. Shares memory.
  StateDict state_dict() const;
  /// Takes copies. Error that lists every name that is missing, surplus or misshapen; nothing has
  /// changed then. Parameters are told by their paths: their order may differ, and so may the
  /// grouping where a group's learning rates are one.
  void load_state_dict(const StateDict& state);

 protected:
  struct Entry {
    Parameter parameter;
    std::size_t group;
    std::int64_t steps = 0;
    std::vector<Tensor> moments;
  };
  /// A number of a rule: finite and not negative, and below 1 where it says so.
  struct Option {
    const char* name;
    double value;
    bool below_one = false;
  };
  explicit Optimizer(const char* who) : who_(who) {}
  /// `options` are all by which the rule differs from others of its kind; `moments` are what it
  /// keeps for each parameter, as they are called in a state. Error unless there are parameters,
  /// each once and all initialised, the options are what they say, and lr is finite and not
  /// negative.
  void add_group(std::vector<Parameter> parameters, double lr,
                 std::initializer_list<Option> options, std::vector<std::string> moments);

  /// The rule: `gradient` is dense; entry.steps counts this step already, and entry.moments are
  /// zero in the first.
  virtual void update_entry(const Entry& entry, const Tensor& gradient) = 0;

 private:
  void require_lr(double lr) const;
  void require_state(const StateDict& state) const;
  void make_moments(Entry& entry) const;
  std::uint64_t rule_of(const Entry& entry) const;

  const char* who_;
  std::vector<std::vector<std::string>> moment_names_;  ///< of groups
  std::vector<double> lr_;
  std::vector<std::uint64_t> rules_;  ///< of groups: hash of the rule and its options
  std::vector<Entry> entries_;
};

/// Leaves as parameters that are called by their numbers: for those that belong to no module.
std::vector<Parameter> numbered(std::span<const Variable> leaves);

}  // namespace tutti::optim
