// The tape: one node for each recorded op.
#pragma once

#include <algorithm>

#include "tutti/autograd/grad_mode.h"
#include "tutti/autograd/variable.h"
#include "tutti/ops/reduction.h"  // what every gradient is composed of

namespace tutti {

struct VariableState {
  Tensor value;
  bool requires_grad = false;
  std::shared_ptr<Node> node;  ///< what computed it; empty for a leaf
  GradientSlot slot;
  std::vector<Variable::Hook> hooks;  ///< of a leaf
};

/// One recorded op. It keeps its inputs' nodes and leaves, and what its backward reads of their
/// values. Destroying a chain of any length uses no recursion.
class Node {
 public:
  explicit Node(std::span<const Variable> inputs);
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual const char* name() const = 0;
  /// The gradients of the inputs that need one, by this op's output's gradient.
  virtual void backward(const Tensor& gradient, std::span<Tensor> out) const = 0;
  virtual void backward(const Variable& gradient, std::span<Variable> out) const = 0;

  /// Exactly one of the two is set for an input that needs a gradient.
  struct Edge {
    std::shared_ptr<Node> node;
    std::shared_ptr<VariableState> leaf;
    explicit operator bool() const { return node || leaf; }
  };
  std::vector<Edge> edges;
  std::int64_t depth = 0;  ///< more than that of every input
  std::vector<Variable::Hook> hooks;

  /// The result of an op, recorded by `node`.
  static Variable result(Tensor value, std::shared_ptr<Node> node);

 protected:
  /// Moves out what keeps other nodes alive: this node's edges and saved inputs.
  virtual void release(std::vector<std::shared_ptr<Node>>& nodes);
  static void release(Variable& saved, std::vector<std::shared_ptr<Node>>& nodes);
  /// For the most derived destructor: lets go of all that only this node keeps alive.
  void dismantle();
};

/// The node of op O, which saves its inputs when its backward reads them.
template <class O>
class OpNode final : public Node {
 public:
  static constexpr std::size_t n = O::inputs;

  OpNode(const O& op, const std::array<Variable, n>& inputs) : Node(inputs), op_(op) {
    if constexpr (O::saves_inputs) inputs_ = inputs;
  }
  ~OpNode() override { dismantle(); }

  const char* name() const override { return O::name; }

  void backward(const Tensor& gradient, std::span<Tensor> out) const override {
    std::array<Tensor, n> values;
    if constexpr (O::saves_inputs)
      for (std::size_t i = 0; i < n; ++i) values[i] = inputs_[i].value();
    std::ranges::move(op_.backward(needs(), gradient, values), out.begin());
  }
  void backward(const Variable& gradient, std::span<Variable> out) const override {
    std::ranges::move(op_.backward(needs(), gradient, inputs_), out.begin());
  }

 private:
  Needs<n> needs() const {
    Needs<n> needs;
    for (std::size_t i = 0; i < n; ++i) needs[i] = static_cast<bool>(edges[i]);
    return needs;
  }
  void release(std::vector<std::shared_ptr<Node>>& nodes) override {
    Node::release(nodes);
    for (Variable& input : inputs_) Node::release(input, nodes);
  }

  O op_;
  std::array<Variable, n> inputs_;
};

/// Runs an op on variables, or on variables and tensors, and records it when gradients are wanted.
template <Op O, Value... V>
requires(!(std::same_as<V, Tensor> && ...)) Variable apply(const O& op, const V&... inputs) {
  static_assert(sizeof...(V) == O::inputs);
  std::array<Variable, O::inputs> in{Variable(inputs)...};
  Tensor value = std::apply([&](const auto&... x) { return op.forward(x.value()...); }, in);
  bool wanted = false;
  for (const Variable& x : in) wanted = wanted || x.requires_grad();
  if (!wanted || !grad_enabled()) return Variable(std::move(value));
  return Node::result(std::move(value), std::make_shared<OpNode<O>>(op, in));
}

}  // namespace tutti
