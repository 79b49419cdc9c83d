#include <fnmatch.h>

#include "module_visit.h"
#include "tutti/autograd/checkpoint.h"
#include "tutti/base/philox.h"

namespace tutti::nn {

Module::Module() : state_(std::make_shared<State>()) {}

std::vector<Parameter> Module::parameters() const {
  std::vector<Parameter> out;
  visit_entries([&](const std::string& path, Entry& entry, bool trained) {
    if (trained) out.push_back({entry.variable, path});
  });
  return out;
}

std::vector<Parameter> Module::parameters(const Predicate& wanted) const {
  std::vector<Parameter> out = parameters();
  std::erase_if(out, [&](const Parameter& parameter) { return !wanted(parameter); });
  return out;
}

std::vector<Parameter> Module::parameters(const std::string& pattern) const {
  auto out = parameters([&](const Parameter& parameter) {
    return fnmatch(pattern.c_str(), parameter.path.c_str(), 0) == 0;
  });
  if (out.empty())
    raise(type(), "::parameters: found no parameter whose path fits \"", pattern,
          "\"; parameters() lists them with their paths");
  return out;
}

std::vector<Parameter> Module::buffers() const {
  std::vector<Parameter> out;
  visit_entries([&](const std::string& path, Entry& entry, bool trained) {
    if (!trained) out.push_back({entry.variable, path});
  });
  return out;
}

std::vector<Statistic> Module::statistics() const {
  std::vector<Statistic> out;
  visit_entries([&](const std::string& path, Entry& entry, bool) {
    if (entry.momentum > 0) out.push_back({{entry.variable, path}, entry.momentum, entry.calls});
  });
  return out;
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  visit_entries([&](const std::string&, const Entry& entry, bool trained) {
    if (trained) count += entry.shape.count();
  });
  return count;
}

std::vector<Module::Named> Module::modules() const {
  std::vector<Named> out;
  visit([&](const std::string& path, const Module& module) {
    out.push_back({path.substr(0, path.empty() ? 0 : path.size() - 1), module});
  });
  return out;
}

void Module::set_seed(std::uint64_t seed) {
  visit([&](const std::string& path, const Module& module) {
    module.state_->seed = seed;
    module.state_->key = random_key(seed, path);
    module.state_->seeded = true;
    module.state_->calls = 0;
  });
}

void Module::initialise(std::uint64_t seed, const Device& device, Dtype dtype) {
  visit_entries([&](const std::string& path, Entry& entry, bool) {
    entry.variable.set_value(draw(entry.init, entry.shape, dtype, seed, stream_of(path), device));
  });
  set_seed(seed);
}

void Module::set_init(const std::string& pattern, const Init& init) {
  bool found = false;
  visit_entries([&](const std::string& path, Entry& entry, bool) {
    if (fnmatch(pattern.c_str(), path.c_str(), 0) != 0) return;
    entry.init = init;
    found = true;
  });
  if (!found)
    raise(type(), "::set_init: found no parameter or buffer whose path fits \"", pattern, "\"");
}

void Module::to(const Device& device) {
  visit_entries([&](const std::string&, Entry& entry, bool) {
    entry.variable.set_value(entry.variable.value().to(device));
  });
}

void Module::to(Dtype dtype) {
  visit_entries([&](const std::string&, Entry& entry, bool) {
    entry.variable.set_value(entry.variable.value().to(dtype));
  });
}

void Module::zero_grad() {
  for (Variable& parameter : parameters()) parameter.zero_grad();
}

void Module::train(bool on) {
  visit([&](const std::string&, const Module& module) { module.state_->training = on; });
}

void Module::set_random_position(const std::shared_ptr<RandomPosition>& position) {
  visit([&](const std::string&, const Module& module) { module.state_->position = position; });
}

RandomDraw Module::next_draw() const {
  State& state = *state_;
  if (!state.seeded)
    raise(type(),
          ": found no seed, expected one before random numbers are drawn, or others would draw the "
          "same; call initialise(seed) or set_seed(seed) of the whole model once all its parts are "
          "there, or eval() to draw none");
  return draw_once([&] {
    if (!state.position) return random_draw(state.key, ~std::uint64_t{0}, 0, state.calls++);
    std::uint32_t call = state.position->calls[&state]++;
    return random_draw(state.key, state.position->step, state.position->shard, call);
  });
}

Sha256::Digest Module::digest() const {
  Sha256 hash;
  visit_entries([&](const std::string&, const Entry& entry, bool) {
    Tensor host = entry.variable.value().contiguous().to(Device::cpu());
    hash.update(host.raw(), host.const_block().bytes());
  });
  return hash.finish();
}

FixedParts::FixedParts(const Module& module) {
  for (const auto& [path, part] : module.modules()) modules_.push_back(part);
  for (const Module& part : modules_) ++part.state_->fixed;
}

FixedParts::~FixedParts() {
  for (const Module& part : modules_) --part.state_->fixed;
}

void Module::require_addable(std::string_view what, const std::string& name) const {
  if (state_->fixed > 0)
    raise(
        type(), ": found \"", name,
        "\" added to a module that a wrapper holds, expected all parts before the wrapper is made");
  if (name.empty() || name.find('.') != std::string::npos)
    raise(type(), ": found a ", what, " of the name \"", name,
          "\", expected one or more characters and no dots, which join the names of nested parts");
}

void Module::add_child(std::string name, const Module& module) {
  require_addable("child", name);
  for (const auto& [taken, child] : state_->children)
    if (taken == name)
      raise(type(), ": found a second child \"", name, "\", expected names that differ");
  state_->children.emplace_back(std::move(name), module);
}

Variable Module::add_entry(std::vector<Entry>& entries, std::string name, const Shape& shape,
                           Init init, Variable variable) {
  constexpr const char* what = "parameter or buffer";
  require_addable(what, name);
  for (const auto* list : {&state_->parameters, &state_->buffers})
    for (const Entry& entry : *list)
      if (entry.name == name)
        raise(type(), ": found a second ", what, " \"", name, "\", expected names that differ");
  entries.push_back({std::move(name), shape, init, variable});
  return variable;
}

Variable Module::add_parameter(std::string name, const Shape& shape, Init init) {
  return add_entry(state_->parameters, std::move(name), shape, init, Variable::unset());
}

Variable Module::add_buffer(std::string name, const Shape& shape, Init init) {
  return add_entry(state_->buffers, std::move(name), shape, init, Variable(Tensor()));
}

Variable Module::add_statistic(std::string name, const Shape& shape, Init init, double momentum,
                               const Variable& calls) {
  add_entry(state_->buffers, std::move(name), shape, init, Variable::unset());
  state_->buffers.back().momentum = momentum;
  state_->buffers.back().calls = calls;
  return state_->buffers.back().variable;
}

std::uint64_t Module::add_hook(PreHook hook) const {
  state_->pre_hooks.emplace_back(++state_->hooks_added, std::move(hook));
  return state_->hooks_added;
}
std::uint64_t Module::add_hook(PostHook hook) const {
  state_->post_hooks.emplace_back(++state_->hooks_added, std::move(hook));
  return state_->hooks_added;
}
void Module::remove_hook(std::uint64_t number) const {
  auto is_it = [&](const auto& hook) { return hook.first == number; };
  std::erase_if(state_->pre_hooks, is_it);
  std::erase_if(state_->post_hooks, is_it);
}

void Module::run_pre_hooks(std::span<Variable> inputs) const {
  auto hooks = state_->pre_hooks;  // a hook may remove itself
  for (const auto& [number, hook] : hooks) hook(*this, inputs);
}
void Module::run_post_hooks(std::span<const Variable> inputs, Variable& output) const {
  auto hooks = state_->post_hooks;
  for (const auto& [number, hook] : hooks) hook(*this, inputs, output);
}

}  // namespace tutti::nn
