// How the parts of a module are walked over.
#pragma once

#include <unordered_set>

#include "tutti/nn/module.h"

namespace tutti::nn {

// Calls f(path with a trailing dot, module) for this module and all below, each once.
template <class F>
void Module::visit(const F& f) const {
  std::unordered_set<const State*> seen;
  std::vector<std::pair<std::string, Module>> open{{"", *this}};
  while (!open.empty()) {
    auto [path, module] = std::move(open.back());
    open.pop_back();
    if (!seen.insert(module.state_.get()).second) continue;
    const auto& children = module.state_->children;
    for (auto child = children.rbegin(); child != children.rend(); ++child)
      open.emplace_back(path + child->first + ".", child->second);
    f(path, module);
  }
}

// Calls f(path, entry, trained) for all parameters and then all buffers, each variable once.
template <class F>
void Module::visit_entries(const F& f) const {
  std::unordered_set<const void*> seen;
  for (auto entries : {&State::parameters, &State::buffers})
    visit([&](const std::string& path, const Module& module) {
      for (Entry& entry : (*module.state_).*entries)
        if (seen.insert(entry.variable.id()).second)
          f(path + entry.name, entry, entries == &State::parameters);
    });
}

}  // namespace tutti::nn
