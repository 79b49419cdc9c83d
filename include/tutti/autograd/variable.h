// A tensor that remembers how it was computed.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti {

class Node;
struct VariableState;

/// Told when leaves' gradients are complete, while backward goes on: how gradients meet ranks.
class GradientSink {
 public:
  virtual ~GradientSink() = default;
  /// A leaf's complete gradient is about to enter its slot.
  virtual void expect(std::size_t index) = 0;
  /// It has entered. `index` is what the slot was given.
  virtual void ready(std::size_t index) = 0;
  /// All leaves that this backward reached are ready. May block and throw.
  virtual void finish() = 0;
};

/// Where a leaf's gradient lives. Memory is kept when the slot is emptied.
struct GradientSlot {
  Tensor memory;        ///< dense, the leaf's shape and dtype; empty until first needed
  bool filled = false;  ///< the next contribution adds instead of storing
  double scale = 1;     ///< every contribution is multiplied by this
  std::shared_ptr<GradientSink> sink;
  std::size_t index = 0;

  /// Stores or adds scale * gradient.
  void contribute(const Tensor& gradient);
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
  const Shape& shape() const { return value().shape(); }
  Dtype dtype() const { return value().dtype(); }
  const Device& device() const { return value().device(); }
  std::int64_t size(std::int64_t axis) const { return value().size(axis); }
  double item() const { return value().item(); }

  bool requires_grad() const;
  bool is_leaf() const;
  /// A leaf without value that requires a gradient: a parameter before initialise().
  static Variable unset();
  /// Gives a leaf another value; the slot's memory is dropped when shape, dtype or device change.
  void set_value(Tensor value);

  /// The gradient that backward() left in this leaf; an empty Tensor before that.
  Tensor grad() const;
  void zero_grad();
  GradientSlot& slot() const;

  /// Adds the derivatives of this scalar to the slots of all leaves it depends on. Not collective
  /// by itself; leaves with a sink make it so. Blocks until the sinks have finished.
  void backward() const;
  /// The same for any shape: the derivative of sum(seed * this).
  void backward(const Tensor& seed) const;

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

/// The derivatives of sum(seed * output) by `inputs`, one each; zeros where output does not depend
/// on an input. With create_graph they are recorded and can be differentiated again. Slots, and
/// therefore sinks, are not touched. `seed` may be empty for a scalar output.
std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs,
                           bool create_graph = false, const Variable& seed = {});
inline std::vector<Variable> grad(const Variable& output, std::initializer_list<Variable> inputs,
                                  bool create_graph = false, const Variable& seed = {}) {
  return grad(output, std::span<const Variable>(inputs.begin(), inputs.size()), create_graph, seed);
}

}  // namespace tutti
