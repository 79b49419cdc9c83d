// Modules in a row.
#pragma once

#include <functional>

#include "tutti/nn/module.h"

namespace tutti::nn {

/// Each module's result is the next one's input. Children are named "0", "1", ...
class Sequential : public Module {
 public:
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) != 1 ||
           !(std::same_as<Modules, Sequential> && ...)) explicit Sequential(Modules... modules) {
    (append(std::move(modules)), ...);
  }

  /// Adds a module at the end. Its forward takes and gives a Variable.
  template <std::derived_from<Module> M>
  Sequential& append(M module) {
    add(std::to_string(calls_.size()), module);
    calls_.push_back([module](const Variable& x) { return module.forward(x); });
    return *this;
  }

  Variable forward(Variable x) const {
    for (const auto& call : calls_) x = call(x);
    return x;
  }
  Variable operator()(const Variable& x) const { return forward(x); }

 private:
  std::vector<std::function<Variable(const Variable&)>> calls_;
};

}  // namespace tutti::nn
