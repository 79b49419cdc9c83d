// Walks the tape from a result back to its leaves, without recursion.
#include <queue>
#include <unordered_map>

#include "tutti/autograd/node.h"
#include "tutti/ops/arithmetic.h"

namespace tutti {

// V is Tensor for plain gradients and Variable for gradients that are recorded themselves.
template <class V>
class Traversal {
 public:
  using Edge = Node::Edge;

  // leaf_done gets every leaf's complete gradient; captured names the nodes whose gradients are
  // kept.
  std::function<void(VariableState&, const V&)> leaf_done;
  std::unordered_map<const Node*, V> captured;

  static Edge edge_of(const Variable& x) {
    return {x.state().node, x.state().node ? nullptr : x.state_};
  }

  void run(const Variable& root, const V& seed) {
    Edge start = edge_of(root);
    discover(start);
    deliver(start, seed);
    while (!ready_.empty()) {
      Place* place = ready_.top();
      ready_.pop();
      pass(*place);
    }
  }

 private:
  // A node or a leaf, what has arrived there, and how many contributions are still to come.
  struct Place {
    Edge edge;
    V gradient;
    std::size_t pending = 0;
    std::size_t found = 0;
  };
  struct Later {
    bool operator()(const Place* a, const Place* b) const {
      std::int64_t da = a->edge.node->depth, db = b->edge.node->depth;
      return da != db ? da < db : a->found > b->found;
    }
  };

  static const void* key(const Edge& edge) {
    return edge.node ? static_cast<const void*>(edge.node.get()) : edge.leaf.get();
  }

  void discover(const Edge& start) {
    std::vector<const Edge*> open{&start};
    while (!open.empty()) {
      const Edge& edge = *open.back();
      open.pop_back();
      Place& place = places_[key(edge)];
      if (place.pending++ > 0) continue;
      place.edge = edge;
      place.found = places_.size();
      if (!edge.node) continue;
      for (const Edge& input : edge.node->edges)
        if (input) open.push_back(&input);
    }
  }

  void deliver(const Edge& edge, const V& gradient) {
    Place& place = places_.at(key(edge));
    if (gradient) place.gradient = place.gradient ? place.gradient + gradient : gradient;
    if (--place.pending > 0) return;
    if (edge.node)
      ready_.push(&place);
    else if (place.gradient)
      leaf_done(*edge.leaf, hooked(edge.leaf->hooks, std::move(place.gradient)));
  }

  void pass(Place& place) {
    const Node& node = *place.edge.node;
    std::vector<V> out(node.edges.size());
    if (place.gradient) {
      V gradient = hooked(node.hooks, std::move(place.gradient));
      place.gradient = V();
      if (auto kept = captured.find(&node); kept != captured.end()) kept->second = gradient;
      node.backward(gradient, out);
    }
    for (std::size_t i = 0; i < out.size(); ++i)
      if (node.edges[i]) deliver(node.edges[i], out[i]);
  }

  static V hooked(const std::vector<Variable::Hook>& hooks, V gradient) {
    if (hooks.empty()) return gradient;
    Variable current(gradient);
    for (const Variable::Hook& hook : hooks) current = hook(current);
    if constexpr (std::is_same_v<V, Tensor>)
      return current.value();
    else
      return current;
  }

  std::unordered_map<const void*, Place> places_;
  std::priority_queue<Place*, std::vector<Place*>, Later> ready_;
};

namespace {

Tensor seed_for(const Variable& output, const Tensor& seed, const char* who) {
  if (!output.requires_grad())
    raise(who,
          ": found a result that depends on no variable that requires a gradient; was it made "
          "under NoGrad?");
  if (!seed && output.value().count() != 1)
    raise(who, ": found a result of shape ", output.shape(),
          ", expected a scalar; sum it or pass a seed of its shape");
  if (seed && seed.shape() != output.shape())
    raise(who, ": found a seed of shape ", seed.shape(), " for a result of shape ", output.shape());
  return seed ? seed : Tensor::full(output.shape(), 1, output.dtype(), output.device());
}

template <class V>
std::vector<Variable> gradients(const Variable& output, std::span<const Variable> inputs,
                                const V& seed) {
  Traversal<V> tape;
  std::unordered_map<const VariableState*, V> leaves;
  tape.leaf_done = [&](VariableState& leaf, const V& gradient) { leaves[&leaf] = gradient; };
  for (const Variable& input : inputs)
    if (!input.is_leaf()) tape.captured[Traversal<V>::edge_of(input).node.get()];
  tape.run(output, seed);
  std::vector<Variable> out;
  for (const Variable& input : inputs) {
    auto edge = Traversal<V>::edge_of(input);
    V gradient = edge.node ? tape.captured[edge.node.get()] : leaves[edge.leaf.get()];
    out.push_back(gradient ? Variable(gradient)
                           : Variable(Tensor::zeros(input.shape(), input.dtype(), input.device())));
  }
  return out;
}

}  // namespace

void Variable::backward() const {
  backward(Tensor());
}

void Variable::backward(const Tensor& seed) const {
  Traversal<Tensor> tape;
  std::vector<std::shared_ptr<GradientSink>> sinks;
  tape.leaf_done = [&](VariableState& leaf, const Tensor& gradient) {
    GradientSlot& slot = leaf.slot;
    if (slot.sink) slot.sink->expect(slot.index);
    slot.contribute(gradient);
    if (!slot.sink) return;
    if (std::find(sinks.begin(), sinks.end(), slot.sink) == sinks.end()) sinks.push_back(slot.sink);
    slot.sink->ready(slot.index);
  };
  tape.run(*this, seed_for(*this, seed, "backward"));
  for (const auto& sink : sinks) sink->finish();
}

std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs,
                           bool create_graph, const Variable& seed) {
  Tensor value = seed_for(output, seed ? seed.value() : Tensor(), "grad");
  if (!create_graph) return gradients<Tensor>(output, inputs, value);
  return gradients<Variable>(output, inputs, seed ? seed : Variable(value));
}

}  // namespace tutti
