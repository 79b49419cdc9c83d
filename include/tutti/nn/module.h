// A part of a network: named parameters, named children, and what all parts can do.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tutti/autograd/node.h"
#include "tutti/base/sha256.h"
#include "tutti/nn/init.h"
#include "tutti/nn/random_position.h"
#include "tutti/tensor/state_dict.h"

namespace tutti::nn {

/// A running statistic, as of BatchNorm: a leaf that no optimizer moves. A backward through a
/// wrapper leaves in its gradient slot the sum of what calls have shown, and in that of `calls` [1]
/// how many they were.
struct Statistic : Parameter {
  double momentum;  ///< by how much of the way a step moves it
  Variable calls;   ///< has no value before a wrapper gives it one; several may share it
};

/// A shared handle, cheap to copy: copies are the same module. Derive from Layer (layer.h), which
/// gives a module its call. Parameters have no value until initialise() or load_state_dict(). Paths
/// join the names of children by dots. A parameter or module that is registered twice (tied
/// weights) is one: it is listed once, under its first path.
class Module {
 public:
  Module();

  using Predicate = std::function<bool(const Parameter&)>;
  /// In order of registration, a module's own before its children's.
  std::vector<Parameter> parameters() const;
  /// Those for which `wanted` is true, as in parameters(is_matrix).
  std::vector<Parameter> parameters(const Predicate& wanted) const;
  /// Those whose path fits the pattern, where * stands for any characters and ? for one. Error
  /// where none does.
  std::vector<Parameter> parameters(const std::string& pattern) const;
  /// Values that travel with the module but are not trained.
  std::vector<Parameter> buffers() const;
  /// Those of the buffers that follow what batches show. A backward through a wrapper leaves in
  /// their gradient slots what they are moved towards.
  std::vector<Statistic> statistics() const;
  std::int64_t parameter_count() const;

  struct Named;
  /// This module (its path is empty) and all below, each before its children.
  std::vector<Named> modules() const;
  /// The name of the class that was derived from Layer.
  std::string_view type() const { return state_->type; }

  /// Gives every parameter and buffer a value, each from the random stream that its path addresses.
  void initialise(std::uint64_t seed, const Device& device = Device::cpu(),
                  Dtype dtype = Dtype::f32);
  /// What initialise() will draw for the parameters whose path below this module fits `pattern`.
  /// Error where none does.
  void set_init(const std::string& pattern, const Init& init);
  /// The seed from which random layers draw; initialise() and load_state_dict() set it, too. One
  /// that has none, as it was added later, gives an Error when it draws in training.
  std::uint64_t seed() const { return state_->seed; }
  void set_seed(std::uint64_t seed);
  /// Moves or converts the values; call it before parallel wrappers and optimizers are made.
  void to(const Device& device);
  void to(Dtype dtype);
  void zero_grad();

  /// Parameters and buffers by path, the seed of the random layers, and how often those have drawn
  /// without a wrapper that places them. Shares the tensors' memory.
  StateDict state_dict() const;
  /// Takes copies of the values, onto the device of a parameter that has one already, and in the
  /// dtype that it must then have. Error that lists every missing, surplus and misshapen name;
  /// nothing has changed then.
  void load_state_dict(const StateDict& state);

  /// Training (the default) or evaluation, for this module and all below.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return state_->training; }

  /// Where random layers of this module and all below draw from now on; a null pointer lets them
  /// count their own calls. Wrappers call it.
  void set_random_position(const std::shared_ptr<RandomPosition>& position);
  std::shared_ptr<const RandomPosition> random_position() const { return state_->position; }

  /// SHA-256 of all parameters and buffers, in their order. Waits for the device.
  Sha256::Digest digest() const;

  /// Called before forward with the arguments that are variables or tensors, which it may replace.
  using PreHook = std::function<void(const Module&, std::span<Variable> inputs)>;
  /// Called after forward; may replace `output`, which is empty where forward gives no Variable.
  using PostHook =
      std::function<void(const Module&, std::span<const Variable> inputs, Variable& output)>;
  /// Adds a hook to this module; the number takes it away again.
  std::uint64_t add_hook(PreHook hook) const;
  std::uint64_t add_hook(PostHook hook) const;
  void remove_hook(std::uint64_t number) const;

 protected:
  /// Registers a child under a name and returns it: the handle stored and the one returned share
  /// everything. Here and below: Error for a name that is empty, has a dot, or is taken by another
  /// child, or by a parameter or buffer where one is added.
  template <class M>
  M add(std::string name, M module) {
    add_child(std::move(name), module);
    return module;
  }
  Variable add_parameter(std::string name, const Shape& shape, Init init);
  Variable add_buffer(std::string name, const Shape& shape, Init init);
  /// A buffer that each step moves by this share of the way towards what the step's batches show.
  Variable add_statistic(std::string name, const Shape& shape, Init init, double momentum,
                         const Variable& calls);

  /// Fresh random numbers for one call of a random op. Error where nobody has given this module a
  /// seed: it would draw what others draw.
  RandomDraw next_draw() const;
  void set_type(std::string_view type) { state_->type = type; }

  /// In the handler of an error that left forward: throws it on, with the layer's path and type.
  [[noreturn]] void raise_in_layer(const Error& error) const;

  bool has_hooks() const { return !state_->pre_hooks.empty() || !state_->post_hooks.empty(); }
  void run_pre_hooks(std::span<Variable> inputs) const;
  void run_post_hooks(std::span<const Variable> inputs, Variable& output) const;

 private:
  struct ErrorInLayer;
  friend class SummaryTable;
  friend class FixedParts;
  struct Entry {
    std::string name;
    Shape shape;
    Init init;
    Variable variable;
    double momentum = 0;  ///< of a statistic
    Variable calls{};     ///< of a statistic
  };
  struct State {
    std::string_view type = "Module";
    std::vector<Entry> parameters, buffers;
    std::vector<std::pair<std::string, Module>> children;
    bool training = true;
    bool seeded = false;  ///< else the key is nobody's own
    std::uint64_t seed = 0, key = 0;
    std::uint32_t calls = 0;
    std::shared_ptr<RandomPosition> position;
    std::vector<std::pair<std::uint64_t, PreHook>> pre_hooks;
    std::vector<std::pair<std::uint64_t, PostHook>> post_hooks;
    std::uint64_t hooks_added = 0;
    int fixed = 0;  ///< by how many FixedParts
  };
  template <class F>
  void visit(const F& f) const;
  template <class F>
  void visit_entries(const F& f) const;
  void require_addable(std::string_view what, const std::string& name) const;
  void add_child(std::string name, const Module& module);
  Variable add_entry(std::vector<Entry>& entries, std::string name, const Shape& shape, Init init,
                     Variable variable);

  std::shared_ptr<State> state_;
};

/// While one lives, an Error meets who adds parameters, buffers or modules to a module or to what
/// is below it: its parts have been taken down elsewhere.
class FixedParts {
 public:
  explicit FixedParts(const Module& module);
  FixedParts(FixedParts&&) noexcept = default;
  FixedParts& operator=(FixedParts&&) = delete;
  ~FixedParts();

 private:
  std::vector<Module> modules_;
};

struct Module::Named {
  std::string path;
  Module module;
};

/// Weight matrices and larger: what weight decay is usually applied to.
inline bool is_matrix(const Parameter& parameter) {
  return parameter.shape().rank() >= 2;
}

}  // namespace tutti::nn
