// Backward: what a walk over the tape leaves in slots, or gives back.
#include <unordered_map>

#include "traversal.h"
#include "tutti/autograd/autocast.h"

namespace tutti {

BackwardFrame*& BackwardFrame::current() {
  thread_local BackwardFrame* frame = nullptr;
  return frame;
}
BackwardFrame::BackwardFrame() : outer(current()) {
  if (outer) denominator = outer->denominator;
  current() = this;
}
BackwardFrame::~BackwardFrame() {
  current() = outer;
}

namespace {

Tensor seed_for(const Variable& output, const Tensor& seed, const char* who) {
  if (!output.requires_grad())
    raise(who,
          ": found a result that depends on no variable that requires a gradient; was it made "
          "under NoGrad?");
  if (!seed && output.value().count() != 1)
    raise(who, ": found a result of shape ", output.shape(),
          ", expected a scalar; sum it or pass a seed of its shape");
  if (seed && (seed.shape() != output.shape() || seed.dtype() != output.dtype()))
    raise(who, ": found a seed ", seed.shape(), " of ", seed.dtype(), " for a result ",
          output.shape(), " of ", output.dtype(), ", expected equal ones");
  return seed ? seed : Tensor::full(output.shape(), 1, output.dtype(), output.device());
}

template <class V>
std::vector<Variable> gradients(const Variable& output, std::span<const Variable> inputs,
                                const V& seed, bool retain) {
  const Autocast off(std::nullopt);
  Traversal<V> tape(retain);
  std::unordered_map<const VariableState*, V> leaves;
  tape.leaf_done = [&](VariableState& leaf, const V& gradient) { leaves[&leaf] = gradient; };
  for (const Variable& input : inputs)
    if (!input.is_leaf()) tape.captures.push_back({Traversal<V>::edge_of(input), V()});
  tape.run(output, seed);
  std::vector<Variable> out;
  std::size_t captured = 0;
  for (const Variable& input : inputs) {
    V gradient = input.is_leaf() ? leaves[Traversal<V>::edge_of(input).leaf.get()]
                                 : tape.captures[captured++].gradient;
    out.push_back(gradient ? Variable(gradient)
                           : Variable(Tensor::zeros(input.shape(), input.dtype(), input.device())));
  }
  return out;
}

}  // namespace

void Variable::backward(const BackwardOptions& options) const {
  Tensor seed = seed_for(*this, options.seed, "backward");
  const Autocast off(std::nullopt);
  BackwardFrame frame;
  BackwardFrame* outermost = &frame;
  while (outermost->outer) outermost = outermost->outer;
  Traversal<Tensor> tape(options.retain, &frame);
  tape.leaf_done = [&](VariableState& leaf, const Tensor& gradient) {
    GradientSlot& slot = leaf.slot;
    if (slot.sink) {
      slot.sink->expect(slot.index, frame.denominator);
      auto& sinks = outermost->sinks;
      if (std::find(sinks.begin(), sinks.end(), slot.sink) == sinks.end())
        sinks.push_back(slot.sink);
    }
    slot.contribute(gradient);
    // What a backward within another one adds may not be all: that one may reach the leaf, too.
    if (slot.sink && !frame.outer) slot.sink->ready(slot.index);
  };
  if (frame.outer) {
    tape.run(*this, seed);
    return;
  }
  try {
    tape.run(*this, seed);
    for (const auto& sink : frame.sinks) sink->finish();
  } catch (...) {
    for (const auto& sink : frame.sinks) sink->abandon();
    throw;
  }
}

std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs,
                           const GradOptions& options) {
  Tensor value = seed_for(output, options.seed ? options.seed.value() : Tensor(), "grad");
  if (!options.create_graph) return gradients<Tensor>(output, inputs, value, options.retain);
  return gradients<Variable>(output, inputs, options.seed ? options.seed : Variable(value), true);
}

}  // namespace tutti
