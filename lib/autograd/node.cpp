#include "tutti/autograd/node.h"

namespace tutti {

Node::Node(std::span<const Variable> inputs) {
  edges.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& state = inputs[i].state_;
    if (!state->requires_grad) continue;
    if (state->node) {
      edges[i].node = state->node;
      depth = std::max(depth, state->node->depth);
    } else {
      edges[i].leaf = state;
    }
  }
  ++depth;
}

Node::~Node() = default;

Variable Node::result(Tensor value, std::shared_ptr<Node> node) {
  Variable out(std::move(value), true);
  out.state_->node = std::move(node);
  return out;
}

void Node::release(std::vector<std::shared_ptr<Node>>& nodes) {
  for (Edge& edge : edges) {
    if (edge.node) nodes.push_back(std::move(edge.node));
    edge.leaf.reset();
  }
}

void Node::release(Variable& saved, std::vector<std::shared_ptr<Node>>& nodes) {
  if (saved.state_.use_count() == 1 && saved.state_->node)
    nodes.push_back(std::move(saved.state_->node));
  saved.state_.reset();
}

void Node::dismantle() {
  std::vector<std::shared_ptr<Node>> nodes;
  release(nodes);
  while (!nodes.empty()) {
    std::shared_ptr<Node> node = std::move(nodes.back());
    nodes.pop_back();
    if (node.use_count() == 1) node->release(nodes);
  }
}

}  // namespace tutti
