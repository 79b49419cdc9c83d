#include "tutti/nn/module.h"

#include "tutti/base/philox.h"

namespace tutti::nn {

Module::Module() : state_(std::make_shared<State>()) {}

// Calls f(path with a trailing dot, state) for this module and all below, in registration order.
template <class F>
void Module::visit(const std::string& path, const F& f) const {
  f(path, *state_);
  for (const auto& [name, child] : state_->children) child.visit(path + name + ".", f);
}

std::vector<std::pair<std::string, Variable>> Module::named_parameters() const {
  std::vector<std::pair<std::string, Variable>> out;
  visit("", [&](const std::string& path, State& state) {
    for (const Entry& entry : state.parameters) out.emplace_back(path + entry.name, entry.variable);
  });
  return out;
}

std::vector<std::pair<std::string, Variable>> Module::named_buffers() const {
  std::vector<std::pair<std::string, Variable>> out;
  visit("", [&](const std::string& path, State& state) {
    for (const Entry& entry : state.buffers) out.emplace_back(path + entry.name, entry.variable);
  });
  return out;
}

std::vector<Variable> Module::parameters() const {
  std::vector<Variable> out;
  for (auto& [path, parameter] : named_parameters()) out.push_back(std::move(parameter));
  return out;
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Variable& parameter : parameters()) count += parameter.value().count();
  return count;
}

void Module::initialise(std::uint64_t seed, const Device& device, Dtype dtype) {
  visit("", [&](const std::string& path, State& state) {
    for (auto* entries : {&state.parameters, &state.buffers})
      for (Entry& entry : *entries)
        entry.variable.set_value(
            draw(entry.init, entry.shape, dtype, seed, stream_of(path + entry.name), device));
    state.key = seed ^ stream_of(path);
  });
}

void Module::to(const Device& device) {
  visit("", [&](const std::string&, State& state) {
    for (auto* entries : {&state.parameters, &state.buffers})
      for (Entry& entry : *entries) entry.variable.set_value(entry.variable.value().to(device));
  });
}

void Module::zero_grad() {
  for (Variable& parameter : parameters()) parameter.zero_grad();
}

void Module::train(bool on) {
  visit("", [&](const std::string&, State& state) { state.training = on; });
}

void Module::set_random_position(std::uint64_t step, std::uint64_t shard) {
  visit("", [&](const std::string&, State& state) {
    state.step = step;
    state.shard = shard;
    state.calls = 0;
  });
}

Module::Draw Module::next_draw() const {
  return {state_->key, (state_->step << 32) + (state_->shard << 12) + state_->calls++};
}

Sha256::Digest Module::digest() const {
  Sha256 hash;
  for (const auto& entries : {named_parameters(), named_buffers()})
    for (const auto& [path, variable] : entries) {
      Tensor host = variable.value().contiguous().to(Device());
      hash.update(host.raw(), host.const_block().bytes());
    }
  return hash.finish();
}

void Module::add_child(std::string name, const Module& module) {
  for (const auto& [taken, child] : state_->children)
    if (taken == name)
      raise("Module::add: found a second child \"", name, "\", expected names that differ");
  state_->children.emplace_back(std::move(name), module);
}

Variable Module::add_entry(std::vector<Entry>& entries, std::string name, const Shape& shape,
                           Init init, Variable variable) {
  for (const Entry& entry : entries)
    if (entry.name == name)
      raise("Module: found a second parameter \"", name, "\", expected names that differ");
  entries.push_back({std::move(name), shape, init, variable});
  return variable;
}

Variable Module::add_parameter(std::string name, const Shape& shape, Init init) {
  return add_entry(state_->parameters, std::move(name), shape, init, Variable::unset());
}

Variable Module::add_buffer(std::string name, const Shape& shape, Init init) {
  return add_entry(state_->buffers, std::move(name), shape, init, Variable(Tensor()));
}

}  // namespace tutti::nn
