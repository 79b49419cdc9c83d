// A module's state: what a checkpoint keeps of it.
#include <limits>

#include "module_visit.h"
#include "state_names.h"

namespace tutti::nn {

StateDict Module::state_dict() const {
  StateDict state;
  for (const auto& list : {parameters(), buffers()})
    for (const Parameter& parameter : list) state.set(parameter.path, parameter.value());
  state.set(seed_name, static_cast<std::int64_t>(state_->seed));
  visit([&](const std::string& path, const Module& module) {
    if (module.state_->calls > 0) state.set(path + calls_name, std::int64_t{module.state_->calls});
  });
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  std::vector<StateSpec> expected;
  visit_entries([&](const std::string& path, const Entry& entry, bool trained) {
    Dtype dtype = Dtype::f32;
    if (entry.variable.has_value())
      dtype = entry.variable.dtype();
    else if (state.contains(path))  // without a value it takes the dtype that comes
      if (const auto* found = std::get_if<Tensor>(&state.at(path)))
        if (is_float(found->dtype()) || (!trained && entry.momentum == 0)) dtype = found->dtype();
    expected.push_back({path, StateKind::tensor, entry.shape, dtype, {}});
  });
  expected.push_back({seed_name, StateKind::integer, {}, {}, {}});
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  visit([&](const std::string& path, const Module&) {
    if (state.contains(path + calls_name))
      expected.push_back(
          {.name = path + calls_name, .kind = StateKind::integer, .range = StateRange{0, most}});
  });
  state.require(text(type(), "::load_state_dict"), expected);
  visit_entries([&](const std::string& path, Entry& entry, bool) {
    Tensor copy = state.at<Tensor>(path).clone();
    Variable& variable = entry.variable;
    variable.set_value(variable.has_value() ? copy.to(variable.device()) : copy);
  });
  set_seed(static_cast<std::uint64_t>(state.at<std::int64_t>(seed_name)));
  visit([&](const std::string& path, const Module& module) {
    if (state.contains(path + calls_name))
      module.state_->calls = static_cast<std::uint32_t>(state.at<std::int64_t>(path + calls_name));
  });
}

}  // namespace tutti::nn
