#include "tutti/autograd/node.h"

#include <bit>

namespace tutti {
namespace {

// Hands a gradient on to a leaf that has got another value since.
struct FormerValue {
  static constexpr std::string_view name = "former_value";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Tensor value;
  Tensor forward(const Tensor&) const { return value; }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {g};
  }
};

}  // namespace

Node::~Node() = default;

void Node::connect(std::span<Edge> storage, std::span<const Variable> inputs) {
  edges = storage;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& state = inputs[i].state_;
    if (!state || !state->requires_grad) continue;
    if (state->node) {
      edges[i].node = state->node;
      edges[i].output = state->output;
      depth = std::max(depth, state->node->depth);
    } else {
      edges[i].leaf = state;
    }
  }
  ++depth;
}

Variable Node::result(Tensor value, std::shared_ptr<Node> node, std::uint32_t output) {
  Variable out(std::move(value), true);
  out.state_->node = std::move(node);
  out.state_->output = output;
  return out;
}

Variable Node::input_variable(std::size_t i, const Tensor& value) const {
  const Edge& edge = edges[i];
  if (edge.node) return result(value, edge.node, edge.output);
  if (!edge.leaf) return Variable(value);
  Variable leaf(edge.leaf);
  return leaf.value().same_memory(value) ? leaf : apply(FormerValue{value}, leaf);
}

void Node::raise_released() const {
  raise("backward: what ", name(),
        " saved was let go by an earlier backward; pass {.retain = true} to that one to go through "
        "the same results twice");
}

void Node::dismantle() {
  std::vector<std::shared_ptr<Node>> nodes;
  auto take = [&](Node& from) {
    for (Edge& edge : from.edges) {
      if (edge.node) nodes.push_back(std::move(edge.node));
      edge.leaf.reset();
    }
  };
  take(*this);
  while (!nodes.empty()) {
    std::shared_ptr<Node> node = std::move(nodes.back());
    nodes.pop_back();
    if (node.use_count() == 1) take(*node);
  }
}

void ShortNode::load(std::span<const SavedTensor> saved, std::span<Tensor> to) const {
  if (released_) raise_released();
  for (std::size_t i = 0; i < saved.size(); ++i) to[i] = saved[i].load(name(), "input", i);
}

void ShortNode::load(std::span<const SavedTensor> saved, std::span<Variable> to) const {
  if (released_) raise_released();
  for (std::size_t i = 0; i < saved.size(); ++i)
    to[i] = input_variable(i, saved[i].load(name(), "input", i));
}

bool gradient_wanted(std::span<const Variable> inputs) {
  return std::ranges::any_of(inputs, &Variable::requires_grad) && grad_enabled();
}

std::vector<Tensor> tensors_of(std::span<const Variable> inputs) {
  std::vector<Tensor> out;
  out.reserve(inputs.size());
  for (const Variable& x : inputs) out.push_back(tensor_of(x));
  return out;
}

std::vector<Variable> results_of(std::vector<Tensor> results, const std::shared_ptr<Node>& node) {
  std::vector<Variable> out;
  out.reserve(results.size());
  for (std::uint32_t i = 0; i < results.size(); ++i)
    out.push_back(node && is_float(results[i].dtype())
                      ? Node::result(std::move(results[i]), node, i)
                      : Variable(std::move(results[i])));
  return out;
}

GeneralNode::GeneralNode(std::span<const Variable> inputs, std::span<const Tensor> results,
                         const Saving& saving)
    : edges_(inputs.size()),
      needs_(new bool[inputs.size()]),
      which_inputs_(saving.inputs),
      which_outputs_(saving.outputs) {
  connect(edges_, inputs);
  outputs = results.size();
  for (std::size_t i = 0; i < inputs.size(); ++i) needs_[i] = static_cast<bool>(edges_[i]);
  auto save = [](auto& to, std::uint64_t which, auto value_of) {
    to.reserve(static_cast<std::size_t>(std::popcount(which)));
    for (; which; which &= which - 1)
      to.emplace_back(value_of(static_cast<std::size_t>(std::countr_zero(which))));
  };
  save(inputs_, which_inputs_, [&](std::size_t i) { return tensor_of(inputs[i]); });
  save(results_, which_outputs_, [&](std::size_t i) { return results[i]; });
  tensors_.reserve(saving.tensors.size());
  for (const Tensor& tensor : saving.tensors) tensors_.emplace_back(tensor);
}

GeneralNode::Loaded<Tensor> GeneralNode::load_tensors() const {
  Loaded<Tensor> out;
  if (released_ && (which_inputs_ || which_outputs_ || !tensors_.empty())) raise_released();
  auto load = [&](auto& to, std::size_t count, std::uint64_t which, const auto& from,
                  const char* what) {
    to.resize(count);
    for (std::size_t k = 0; which; which &= which - 1, ++k) {
      auto i = static_cast<std::size_t>(std::countr_zero(which));
      to[i] = from[k].load(name(), what, i);
    }
  };
  load(out.inputs, edges_.size(), which_inputs_, inputs_, "input");
  load(out.outputs, outputs, which_outputs_, results_, "output");
  for (std::size_t k = 0; k < tensors_.size(); ++k)
    out.tensors.push_back(tensors_[k].load(name(), "tensor", k));
  return out;
}

GeneralNode::Loaded<Variable> GeneralNode::load_variables() {
  Loaded<Tensor> values = load_tensors();
  Loaded<Variable> out{{}, {}, std::move(values.tensors)};
  for (std::size_t i = 0; i < values.inputs.size(); ++i)
    out.inputs.push_back(values.inputs[i] ? input_variable(i, values.inputs[i]) : Variable());
  for (std::uint32_t i = 0; i < values.outputs.size(); ++i)
    out.outputs.push_back(values.outputs[i] ? result(values.outputs[i], shared_from_this(), i)
                                            : Variable());
  return out;
}

void GeneralNode::release_saved() {
  // The own tensors' places stay, so that a second backward knows that something is gone.
  for (auto* saved : {&inputs_, &results_, &tensors_})
    for (SavedTensor& tensor : *saved) tensor = SavedTensor();
  released_ = true;
}

}  // namespace tutti
