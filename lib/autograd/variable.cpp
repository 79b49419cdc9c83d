#include "tutti/autograd/variable.h"

#include "tutti/autograd/node.h"
#include "tutti/ops/update.h"
#include "tutti/ops/view.h"

namespace tutti {
namespace {

thread_local bool recording = true;

}  // namespace

bool grad_enabled() {
  return recording;
}
NoGrad::NoGrad() : before_(recording) {
  recording = false;
}
NoGrad::~NoGrad() {
  recording = before_;
}

WithGrad::WithGrad() : before_(recording) {
  recording = true;
}
WithGrad::~WithGrad() {
  recording = before_;
}

void GradientSlot::contribute(const Tensor& gradient) {
  if (!memory)
    memory = Tensor(gradient.shape(), accumulator_of(gradient.dtype()), gradient.device());
  Tensor dense = gradient.contiguous();
  if (filled)
    update(Accumulate{scale}, memory, dense);
  else
    update(Store{scale}, memory, dense);
  filled = true;
}

Variable::Variable(Tensor value, bool requires_grad) : state_(std::make_shared<VariableState>()) {
  if (requires_grad && value && !is_float(value.dtype()))
    raise("Variable: found dtype ", value.dtype(),
          ", expected a float dtype for a variable that requires a gradient");
  state_->value = std::move(value);
  state_->requires_grad = requires_grad;
}

VariableState& Variable::state() const {
  if (!state_) raise("Variable: found an empty variable, expected one that holds a tensor");
  return *state_;
}

const Tensor& Variable::value() const {
  if (!state().value)
    raise("Variable: found a parameter without a value; call the module's initialise(seed) first");
  return state_->value;
}

bool Variable::has_value() const {
  return state_ && state_->value;
}
bool Variable::requires_grad() const {
  return state_ && state_->requires_grad;
}
bool Variable::is_leaf() const {
  return state_ && !state_->node;
}
Variable Variable::unset() {
  return Variable(Tensor(), true);
}

void Variable::set_value(Tensor value) {
  if (!is_leaf()) raise("Variable::set_value: found a result of an op, expected a leaf");
  if (!value) raise("Variable::set_value: found a tensor that holds nothing, expected one");
  if (requires_grad() && !is_float(value.dtype()))
    raise("Variable::set_value: found dtype ", value.dtype(),
          ", expected a float dtype for a variable that requires a gradient");
  GradientSlot& slot = state_->slot;
  if (slot.sink) slot.sink->replace(slot.index, value);
  if (slot.memory && (slot.memory.shape() != value.shape() ||
                      slot.memory.dtype() != accumulator_of(value.dtype()) ||
                      slot.memory.device().id() != value.device().id()))
    slot = GradientSlot{};
  state_->value = std::move(value);
}

Tensor Variable::grad() const {
  const GradientSlot& here = slot();
  if (here.filled && here.partial)
    raise(
        "Variable::grad: found the gradient of a part of a step's shards, expected the whole "
        "step's; do sampler and wrapper have the same number of shards?");
  return here.filled ? here.memory : Tensor();
}
Variable Variable::operator[](std::int64_t index) const {
  return select(*this, 0, index);
}

void Variable::zero_grad() {
  slot().filled = false;
}

GradientSlot& Variable::slot() const {
  if (!is_leaf() || !state_->requires_grad)
    raise("Variable: found no gradient slot; only leaves that require a gradient have one");
  return state_->slot;
}

void Variable::add_hook(Hook hook) const {
  if (!requires_grad())
    raise("Variable::add_hook: found a constant, expected a variable that requires a gradient");
  if (is_leaf())
    state_->hooks.push_back(std::move(hook));
  else
    state_->node->hooks.push_back({state_->output, std::move(hook)});
}

}  // namespace tutti
