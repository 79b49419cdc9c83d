// The tape: one node for each recorded op.
#pragma once

#include <algorithm>

#include "tutti/autograd/grad_mode.h"
#include "tutti/autograd/observer.h"
#include "tutti/autograd/saved.h"
#include "tutti/autograd/variable.h"
#include "tutti/ops/reduction.h"  // what every gradient is composed of

namespace tutti {

struct VariableState {
  Tensor value;
  bool requires_grad = false;
  std::uint32_t output = 0;    ///< which of its node's outputs it is
  std::shared_ptr<Node> node;  ///< what computed it; empty for a leaf
  GradientSlot slot;
  std::vector<Variable::Hook> hooks;  ///< of a leaf
};

/// One recorded op. It keeps its inputs' nodes and leaves, and what its backward reads. Destroying
/// a chain of any length uses no recursion.
class Node : public std::enable_shared_from_this<Node> {
 public:
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual std::string_view name() const = 0;
  /// The gradients of the inputs that need one, by the gradients of the outputs; empty ones are 0.
  /// Error where what it needs was let go.
  virtual void backward(std::span<const Tensor> gradients, std::span<Tensor> out) = 0;
  virtual void backward(std::span<const Variable> gradients, std::span<Variable> out) = 0;
  /// Lets go of what backward reads.
  virtual void release_saved() = 0;
  /// What a loss divided its sum by, else -1. It weighs the whole backward: beside it, other terms
  /// of the loss should divide by the same.
  virtual double denominator() const { return -1; }

  /// At most one of the two is set: neither for an input that needs no gradient.
  struct Edge {
    std::shared_ptr<Node> node;
    std::shared_ptr<VariableState> leaf;
    std::uint32_t output = 0;
    explicit operator bool() const { return node || leaf; }
  };
  std::span<Edge> edges;
  std::size_t outputs = 1;
  std::int64_t depth = 0;  ///< more than that of every input
  struct OutputHook {
    std::uint32_t output;
    Variable::Hook hook;
  };
  std::vector<OutputHook> hooks;

  /// Result number `output` of the op that `node` recorded.
  static Variable result(Tensor value, std::shared_ptr<Node> node, std::uint32_t output = 0);

 protected:
  Node() = default;
  /// Sets edges[i] to what inputs[i] came from. `storage` stays where it is.
  void connect(std::span<Edge> storage, std::span<const Variable> inputs);
  /// Input i, whose saved value this is, as a variable that the gradient reaches.
  Variable input_variable(std::size_t i, const Tensor& value) const;
  [[noreturn]] void raise_released() const;
  /// For the most derived destructor: lets go of all that only this node keeps alive.
  void dismantle();
};

/// What nodes of the short form share, whatever their op.
class ShortNode : public Node {
 protected:
  /// to[i] = the value of saved input i. Error where it was let go.
  void load(std::span<const SavedTensor> saved, std::span<Tensor> to) const;
  void load(std::span<const SavedTensor> saved, std::span<Variable> to) const;
  bool released_ = false;
};

/// The node of an op in the short form, which saves its inputs when its backward reads them.
template <class O>
class OpNode final : public ShortNode {
 public:
  static constexpr std::size_t n = O::inputs;

  OpNode(const O& op, const std::array<Variable, n>& inputs) : op_(op) {
    connect(edges_, inputs);
    if constexpr (O::saves_inputs)
      for (std::size_t i = 0; i < n; ++i) saved_[i] = SavedTensor(inputs[i].value());
  }
  ~OpNode() override { dismantle(); }

  std::string_view name() const override { return O::name; }

  void backward(std::span<const Tensor> gradients, std::span<Tensor> out) override {
    pass(gradients[0], out);
  }
  void backward(std::span<const Variable> gradients, std::span<Variable> out) override {
    pass(gradients[0], out);
  }
  void release_saved() override {
    saved_ = {};
    released_ = true;
  }

 private:
  template <class V>
  void pass(const V& gradient, std::span<V> out) const {
    Needs<n> needs;
    for (std::size_t i = 0; i < n; ++i) needs[i] = static_cast<bool>(edges_[i]);
    std::array<V, n> inputs;
    if constexpr (O::saves_inputs) load(saved_, inputs);
    std::ranges::move(op_.backward(needs, gradient, inputs), out.begin());
  }

  O op_;
  std::array<Edge, n> edges_;
  std::array<SavedTensor, O::saves_inputs ? n : 0> saved_;
};

/// Does an op on these have to be recorded?
bool gradient_wanted(std::span<const Variable> inputs);

/// Runs an op and records it when gradients are wanted.
template <Op O>
Variable record(const O& op, const std::array<Variable, O::inputs>& inputs) {
  const ObservedOp run(O::name);
  Tensor value = std::apply([&](const auto&... x) { return op.forward(x.value()...); }, inputs);
  std::shared_ptr<Node> node;
  if (gradient_wanted(inputs)) node = std::make_shared<OpNode<O>>(op, inputs);
  run.end({&value, 1}, node.get());
  return node ? Node::result(std::move(value), std::move(node)) : Variable(std::move(value));
}

/// Is record() compiled once, in lib/autograd/builtin_ops.cpp, and not where it is used? For what
/// gradients are composed of, and for built-in functors.
template <class O>
inline constexpr bool is_builtin_op = false;
template <class F>
inline constexpr bool is_builtin_op<MapOp<F, 1>> = is_builtin<F>;
#define TUTTI_BUILTIN_OP(O) \
  template <>               \
  inline constexpr bool is_builtin_op<O> = true;
#include "tutti/autograd/builtin_ops.def"
#undef TUTTI_BUILTIN_OP

template <Op O>
Variable record_builtin(const O& op, const std::array<Variable, O::inputs>& inputs);

/// Runs an op on variables, or on variables and tensors, and records it when gradients are wanted.
template <Op O, Value... V>
requires(!(std::same_as<V, Tensor> && ...)) Variable apply(const O& op, const V&... inputs) {
  static_assert(sizeof...(V) == O::inputs);
  const std::array<Variable, O::inputs> in{Variable(inputs)...};
  if constexpr (is_builtin_op<O>)
    return record_builtin(op, in);
  else
    return record(op, in);
}

/// What nodes of the general form share, whatever their op.
class GeneralNode : public Node {
 protected:
  GeneralNode(std::span<const Variable> inputs, std::span<const Tensor> results,
              const Saving& saving);

  /// A backward's values, loaded.
  template <class V>
  struct Loaded {
    std::vector<V> inputs, outputs;
    std::vector<Tensor> tensors;
  };
  Loaded<Tensor> load_tensors() const;
  Loaded<Variable> load_variables();
  void release_saved() override;
  std::span<const bool> needs() const { return {needs_.get(), edges_.size()}; }

 private:
  std::vector<Edge> edges_;
  std::unique_ptr<bool[]> needs_;
  std::uint64_t which_inputs_, which_outputs_;
  std::vector<SavedTensor> inputs_, results_, tensors_;
  bool released_ = false;
};

/// Their tensors; empty ones of empty variables.
std::vector<Tensor> tensors_of(std::span<const Variable> inputs);
/// The floats among them as outputs of `node`, the others as constants; all where it is null.
std::vector<Variable> results_of(std::vector<Tensor> results, const std::shared_ptr<Node>& node);

template <class O>
concept HasDenominator = requires(const O& op) {
  { op.denominator() } -> std::convertible_to<double>;
};

template <class O>
class GeneralOpNode final : public GeneralNode {
 public:
  GeneralOpNode(const O& op, std::span<const Variable> inputs, std::span<const Tensor> results,
                const Saving& saving)
      : GeneralNode(inputs, results, saving), op_(op) {}
  ~GeneralOpNode() override { dismantle(); }

  std::string_view name() const override { return O::name; }
  double denominator() const override {
    if constexpr (HasDenominator<O>)
      return op_.denominator();
    else
      return -1;
  }
  void backward(std::span<const Tensor> gradients, std::span<Tensor> out) override {
    pass(gradients, out, load_tensors());
  }
  void backward(std::span<const Variable> gradients, std::span<Variable> out) override {
    pass(gradients, out, load_variables());
  }

 private:
  template <class V>
  void pass(std::span<const V> gradients, std::span<V> out, const Loaded<V>& loaded) {
    Pass<V> pass{gradients, loaded.inputs, loaded.outputs, loaded.tensors, needs(), out};
    op_.backward(pass);
  }
  O op_;
};

template <GeneralOp O>
std::vector<Variable> apply_list(const O& op, const std::vector<Variable>& inputs) {
  const std::vector<Tensor> values = tensors_of(inputs);
  const ObservedOp run(O::name);
  Saving saving(gradient_wanted(inputs));
  std::vector<Tensor> results = op.forward(saving, values);
  std::shared_ptr<Node> node;
  if (saving.wanted()) node = std::make_shared<GeneralOpNode<O>>(op, inputs, results, saving);
  run.end(results, node.get());
  return results_of(std::move(results), node);
}

}  // namespace tutti
