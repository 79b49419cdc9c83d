// The one way to call a module.
#pragma once

#include <tuple>

#include "tutti/nn/module.h"
#include "tutti/ops/type_name.h"

namespace tutti::nn {

/// What modules derive from: `layer(x)` runs the pre-hooks, forward and the post-hooks. Register
/// parts in the constructor and write forward():
///   struct Net : nn::Layer<Net> {
///     nn::Linear hidden = add("hidden", nn::Linear(784, 128));
///     Variable forward(const Variable& x) const { return relu(hidden(x)); }
///   };
/// forward may take and give anything. All that changes must lie in registered parts: copies of a
/// layer share those. An Error that leaves forward, but no class derived from Error, gets the
/// innermost layer's path below the outermost that was called, and its type:
/// "...; in layer 3.self_attn (MultiHeadAttention)".
template <class Derived>
class Layer : public Module {
 public:
  Layer() { set_type(type_name<Derived>()); }

  template <class... Arguments>
  auto operator()(const Arguments&... arguments) const {
    const auto& self = static_cast<const Derived&>(*this);
    static_assert(
        requires { self.forward(arguments...); },
        "forward must be const and take what the layer is called with");
    try {
      if (!has_hooks()) return self.forward(arguments...);
      return hooked(self, std::tuple<Arguments...>(arguments...));
    } catch (const Error& error) {
      raise_in_layer(error);
    }
  }

 private:
  template <class X>
  static constexpr bool is_value = std::same_as<X, Variable> || std::same_as<X, Tensor>;
  template <class... Arguments>
  auto hooked(const Derived& self, std::tuple<Arguments...> arguments) const {
    std::vector<Variable> inputs;
    auto collect = [&]<class X>(const X& x) {
      if constexpr (is_value<X>) inputs.push_back(Variable(x));
    };
    std::apply([&](const auto&... x) { (collect(x), ...); }, arguments);
    run_pre_hooks(inputs);
    std::size_t next = 0;
    auto replace = [&]<class X>(X& x) {
      if constexpr (std::same_as<X, Variable>) x = inputs[next++];
      if constexpr (std::same_as<X, Tensor>) x = inputs[next++].value();
    };
    std::apply([&](auto&... x) { (replace(x), ...); }, arguments);
    auto output = std::apply([&](const auto&... x) { return self.forward(x...); }, arguments);
    if constexpr (std::same_as<decltype(output), Variable>) {
      run_post_hooks(inputs, output);
    } else {
      Variable none;
      run_post_hooks(inputs, none);
    }
    return output;
  }
};

}  // namespace tutti::nn
