// One walk over the tape, from a result back to its leaves, without recursion.
#pragma once

#include <limits>

#include "places.h"
#include "tutti/ops/arithmetic.h"

namespace tutti {

/// What the backwards that run within each other on this thread share.
struct BackwardFrame {
  BackwardFrame();
  ~BackwardFrame();
  BackwardFrame(const BackwardFrame&) = delete;
  BackwardFrame& operator=(const BackwardFrame&) = delete;
  static BackwardFrame*& current();

  BackwardFrame* outer;
  /// Of the loss, as Node says it; NaN where losses say different numbers.
  double denominator = -1;
  std::vector<std::shared_ptr<GradientSink>> sinks;  ///< of the outermost frame: to be finished
};

/// V is Tensor for plain gradients and Variable for gradients that are recorded themselves.
template <class V>
class Traversal {
 public:
  using Edge = Node::Edge;

  /// Notes in `frame`, if there is one, what losses divide by.
  explicit Traversal(bool retain, BackwardFrame* frame = nullptr)
      : retain_(retain), frame_(frame), scratch_(borrow()) {}
  ~Traversal() {
    scratch_->clear();
    pool().push_back(std::move(scratch_));
  }

  /// Gets every leaf's complete gradient.
  std::function<void(VariableState&, const V&)> leaf_done;
  struct Capture {
    Edge edge;
    V gradient;
  };
  std::vector<Capture> captures;  ///< results whose gradients are kept

  static Edge edge_of(const Variable& x) {
    const VariableState& state = x.state();
    return {state.node, state.node ? nullptr : x.state_, state.output};
  }

  void run(const Variable& root, const V& seed) {
    Edge start = edge_of(root);  // keeps the whole tape
    discover(start);
    deliver(start, seed);
    while (!scratch_->ready.empty()) {
      std::pop_heap(scratch_->ready.begin(), scratch_->ready.end(), later());
      std::size_t number = scratch_->ready.back();
      scratch_->ready.pop_back();
      pass(number);
    }
  }

 private:
  struct Scratch {
    Places<V> places;
    std::vector<std::size_t> ready;  // a heap: deepest first, then first found
    std::vector<const Edge*> open;
    std::vector<V> gradients, out;
    void clear() {
      places.clear();
      ready.clear(), open.clear(), gradients.clear(), out.clear();
    }
  };
  // A walk within a walk borrows another one.
  static std::vector<std::unique_ptr<Scratch>>& pool() {
    thread_local std::vector<std::unique_ptr<Scratch>> pool;
    return pool;
  }
  static std::unique_ptr<Scratch> borrow() {
    if (pool().empty()) return std::make_unique<Scratch>();
    std::unique_ptr<Scratch> scratch = std::move(pool().back());
    pool().pop_back();
    return scratch;
  }

  static const void* key(const Edge& edge) {
    return edge.node ? static_cast<const void*>(edge.node.get()) : edge.leaf.get();
  }
  auto later() {
    return [&](std::size_t a, std::size_t b) {
      std::int64_t da = scratch_->places[a].node->depth, db = scratch_->places[b].node->depth;
      return da != db ? da < db : a > b;
    };
  }

  void discover(const Edge& start) {
    auto& [places, ready, open, gradients, out] = *scratch_;
    open.push_back(&start);
    while (!open.empty()) {
      const Edge& edge = *open.back();
      open.pop_back();
      Place<V>& place = places[places.insert(key(edge))];
      if (place.pending++ > 0) continue;
      place.node = edge.node.get();
      place.leaf = edge.leaf.get();
      if (!edge.node) continue;
      note_denominator(*edge.node);
      for (const Edge& input : edge.node->edges)
        if (input) open.push_back(&input);
    }
  }

  void deliver(const Edge& edge, const V& gradient) {
    std::size_t number = scratch_->places.find(key(edge));
    Place<V>& place = scratch_->places[number];
    if (gradient) {
      if (edge.output > place.others.size()) place.others.resize(place.node->outputs - 1);
      V& sum = edge.output ? place.others[edge.output - 1] : place.gradient;
      sum = sum ? sum + gradient : gradient;
    }
    if (--place.pending > 0) return;
    if (place.node) {
      scratch_->ready.push_back(number);
      std::push_heap(scratch_->ready.begin(), scratch_->ready.end(), later());
    } else if (place.gradient) {
      V complete = std::move(place.gradient);
      for (const Variable::Hook& hook : place.leaf->hooks) complete = hooked(hook, complete);
      leaf_done(*place.leaf, complete);
    }
  }

  void pass(std::size_t number) {
    auto& [places, ready, open, gradients, out] = *scratch_;
    Node& node = *places[number].node;
    gradients.clear();
    gradients.push_back(std::move(places[number].gradient));
    places[number].others.resize(node.outputs - 1);
    for (V& other : places[number].others) gradients.push_back(std::move(other));
    for (const Node::OutputHook& hook : node.hooks)
      if (V& gradient = gradients[hook.output]; gradient) gradient = hooked(hook.hook, gradient);
    for (Capture& capture : captures)
      if (capture.edge.node.get() == &node) capture.gradient = gradients[capture.edge.output];

    out.assign(node.edges.size(), V());
    bool any = std::any_of(gradients.begin(), gradients.end(), [](const V& g) { return bool(g); });
    if (any) {
      const ObservedOp run(node.name(), OpObserver::Pass::backward);
      node.backward(std::span<const V>(gradients), std::span<V>(out));
      if (run.observed()) {
        std::vector<Tensor> results;
        for (const V& gradient : out) results.push_back(tensor_of(gradient));
        run.end(results, &node);
      }
    }
    if (!retain_) node.release_saved();
    for (std::size_t i = 0; i < node.edges.size(); ++i) {
      if (!node.edges[i]) continue;
      require_shape(node, i, out[i]);
      deliver(node.edges[i], out[i]);
    }
  }

  static void require_shape(const Node& node, std::size_t input, const V& gradient) {
    const auto& leaf = node.edges[input].leaf;
    if (leaf && gradient && gradient.shape() != leaf->value.shape())
      raise("backward: ", node.name(), " gave a gradient ", gradient.shape(), " for its input ",
            input, ", expected ", leaf->value.shape(), ", that input's shape");
  }

  // Of all losses, before the first leaf: a leaf's gradient is weighed when it enters its slot.
  void note_denominator(const Node& node) const {
    if (!frame_) return;
    const double mine = node.denominator();
    if (mine < 0) return;
    const bool another = frame_->denominator >= 0 && frame_->denominator != mine;
    if (another) frame_->denominator = std::numeric_limits<double>::quiet_NaN();
    if (frame_->denominator < 0) frame_->denominator = mine;
  }

  static V hooked(const Variable::Hook& hook, const V& gradient) {
    Variable out = hook(Variable(gradient));
    if (!out || out.shape() != gradient.shape() || out.dtype() != gradient.dtype())
      raise("backward: a hook got a gradient ", gradient.shape(), " of ", gradient.dtype(),
            " and gave ", out ? text("one ", out.shape(), " of ", out.dtype()) : "none",
            ", expected the same shape and dtype; return the argument to leave it as it is");
    if constexpr (std::is_same_v<V, Tensor>)
      return out.value();
    else
      return out;
  }

  bool retain_;
  BackwardFrame* frame_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace tutti
