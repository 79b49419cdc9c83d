// A tensor that remembers how it was computed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti {

class Node;
struct VariableState;

/// Told when leaves' gradients are complete, while backward goes on: how gradients meet ranks.
class GradientSink {
 public:
  virtual ~GradientSink() = default;
  /// A gradient of the leaf is about to enter its slot. `index` is what the slot was given,
  /// `denominator` what the loss divided by, where a loss said so (cross-entropy over the labels
  /// that count), NaN where several said different numbers, else -1. Error for a leaf that was
  /// ready already.
  virtual void expect(std::size_t index, double denominator) = 0;
  /// The outermost backward has delivered the leaf's gradient: nothing is added any more.
  virtual void ready(std::size_t index) = 0;
  /// The outermost backward of this thread is over; leaves that only a backward within it reached
  /// are ready now, too. May block and throw.
  virtual void finish() = 0;
  /// An Error left that backward, or finish(), after leaves of this sink had got gradients.
  virtual void abandon() noexcept = 0;
  /// An optimizer is about to change the leaf by the gradient that its slot has; `rule` hashes how.
  /// Error where it did so before, and no gradient has come since.
  virtual void use(std::size_t index, std::uint64_t rule) = 0;
  /// The leaf is about to hold `value` instead. Error where this sink could not serve it.
  virtual void replace(std::size_t index, const Tensor& value) = 0;
};

/// Where a leaf's gradient lives. Memory is kept when the slot is emptied.
struct GradientSlot {
  Tensor memory;  ///< dense, the leaf's shape, f32 (f64 for an f64 leaf); empty until first needed
  bool filled = false;   ///< the next contribution adds instead of storing
  bool partial = false;  ///< it holds a part of a step's shards: grad() refuses it
  double scale = 1;      ///< every contribution is multiplied by this
  std::shared_ptr<GradientSink> sink;
  std::size_t index = 0;

  /// Stores or adds scale * gradient.
  void contribute(const Tensor& gradient);
};

struct BackwardOptions {
  Tensor seed = {};     ///< the derivative of sum(seed * this) is taken; may be empty for a scalar
  bool retain = false;  ///< keep what ops saved, for another backward through the same results
};

/// A shared handle on a tensor and its place in the tape. A *leaf* is made by hand and owns a
/// gradient slot; other variables are results of ops. Plain tensors convert to constants.
class Variable {
 public:
  using Hook = std::function<Variable(const Variable&)>;

  Variable() = default;
  Variable(Tensor value, bool requires_grad = false);

  explicit operator bool() const { return state_ != nullptr; }
  /// Error for an empty variable or a parameter that has not been initialised.
  const Tensor& value() const;
  bool has_value() const;
  const Shape& shape() const { return value().shape(); }
  Dtype dtype() const { return value().dtype(); }
  const Device& device() const { return value().device(); }
  std::int64_t size(std::int64_t axis) const { return value().size(axis); }
  double item() const { return value().item(); }
  /// Part `index` of the first axis, which is dropped; recorded.
  Variable operator[](std::int64_t index) const;

  bool requires_grad() const;
  bool is_leaf() const;
  /// Are both handles on the same variable?
  bool is(const Variable& other) const { return state_ == other.state_; }
  /// Tells variables apart: equal for handles on the same one.
  const void* id() const { return state_.get(); }
  /// A leaf without value that requires a gradient: a parameter before initialise().
  static Variable unset();
  /// Gives a leaf other memory and harms no recorded op; the slot's memory is dropped when shape,
  /// dtype or device change. Error where a wrapper averages its gradients and they change, and for
  /// a dtype that can have no gradient where one is required.
  void set_value(Tensor value);

  /// The gradient that backward() left in this leaf; an empty Tensor before that. Error between the
  /// backwards of a step of several shards.
  Tensor grad() const;
  void zero_grad();
  GradientSlot& slot() const;

  /// Adds the derivatives of this scalar (or of sum(seed * this)) to the slots of all leaves it
  /// depends on, and lets go of what ops saved unless options.retain. Not collective by itself;
  /// leaves with a sink make it so: then it blocks until the sinks have finished. Within another
  /// backward (in a hook) sinks finish at the end of that one.
  void backward(const BackwardOptions& options = {}) const;

  /// The hook sees this variable's complete gradient in every later backward and may replace it.
  void add_hook(Hook hook) const;
  /// The same value as a constant.
  Variable detach() const { return Variable(value()); }

 private:
  friend class Node;
  template <class V>
  friend class Traversal;
  explicit Variable(std::shared_ptr<VariableState> state) : state_(std::move(state)) {}
  VariableState& state() const;

  std::shared_ptr<VariableState> state_;
};

/// A leaf and what it is called: the path of its module.
struct Parameter : Variable {
  std::string path;
};

struct GradOptions {
  bool create_graph = false;  ///< record the derivatives: they can be differentiated again
  bool retain = false;        ///< as in BackwardOptions; create_graph retains in any case
  Variable seed = {};         ///< may be empty for a scalar output
};

/// The derivatives of sum(seed * output) by `inputs`, one each; zeros where output does not depend
/// on an input. Slots, and therefore sinks, are not touched.
std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs,
                           const GradOptions& options = {});
inline std::vector<Variable> grad(const Variable& output, std::initializer_list<Variable> inputs,
                                  const GradOptions& options = {}) {
  return grad(output, std::span<const Variable>(inputs.begin(), inputs.size()), options);
}

}  // namespace tutti
