// Modules with the parameters of golden numbers.
#pragma once

#include <functional>

#include "support/catch.h"
#include "support/golden.h"
#include "tutti/nn/module.h"

namespace tutti::test {

/// How a module's parameters lie in a case: parameter `path` is "<prefix><path>", transposed where
/// `transposed(path)`, and its gradient "d<prefix><path>".
struct GoldenModule {
  Golden golden;
  std::string prefix = "";
  std::function<bool(const std::string&)> transposed = [](const std::string&) { return false; };

  void load(nn::Module& module) const {
    module.initialise(1, Device::cpu(), Dtype::f64);
    StateDict state = module.state_dict();
    for (const Parameter& parameter : module.parameters())
      state.set(parameter.path, tensor("", parameter.path));
    module.load_state_dict(state);
  }
  /// Compares the gradients of all parameters.
  void check_gradients(const nn::Module& module, double bound) const {
    for (const Parameter& parameter : module.parameters()) {
      INFO(parameter.path);
      CHECK(largest_difference(parameter.grad(), tensor("d", parameter.path)) < bound);
    }
  }

 private:
  Tensor tensor(const std::string& kind, const std::string& path) const {
    Tensor x = golden.tensor(kind + prefix + path);
    return transposed(path) ? x.transpose().contiguous() : x;
  }
};

}  // namespace tutti::test
