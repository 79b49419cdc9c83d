// Modules in a row.
#pragma once

#include <functional>

#include "tutti/nn/layer.h"

namespace tutti::nn {

/// Each module's result is the next one's input. Children are named "0", "1", ...; copies share
/// them, also those that are appended later. Sequential(Sequential(...)) is such a copy: what has
/// the paths "0.0.weight" of one in another is Sequential().append(Sequential(...)).
class Sequential : public Layer<Sequential> {
 public:
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) != 1 ||
           !(std::same_as<Modules, Sequential> && ...)) explicit Sequential(Modules... modules) {
    (append(std::move(modules)), ...);
  }

  /// Adds a layer at the end. Its forward takes and gives a Variable.
  template <std::derived_from<Module> M>
  Sequential& append(M module) {
    static_assert(
        requires(const M& layer, const Variable& x) {
          { layer(x) } -> std::convertible_to<Variable>;
        },
        "a layer of a Sequential takes one Variable and gives one");
    append(std::to_string(first_ + size()), module,
           [module](const Variable& x) { return module(x); });
    return *this;
  }

  /// From now on keeps only what goes into each layer, and computes the rest again in backward; see
  /// tutti::checkpoint. The bits are the same.
  Sequential& checkpoint_layers(bool on = true) {
    parts_->checkpointed = on;
    return *this;
  }

  std::int64_t size() const { return static_cast<std::int64_t>(parts_->list.size()); }
  /// Layers [begin, end) as a Sequential that shares them and their names, so that what is drawn
  /// and saved does not depend on the cut. Error when out of range.
  Sequential slice(std::int64_t begin, std::int64_t end) const;

  Variable forward(Variable x) const;

 private:
  using Call = std::function<Variable(const Variable&)>;
  struct Part {
    std::string name;
    Module module;
    Call call;
  };
  void append(std::string name, const Module& module, Call call);

  struct Parts {
    std::vector<Part> list;
    bool checkpointed = false;
  };
  std::shared_ptr<Parts> parts_ = std::make_shared<Parts>();
  std::int64_t first_ = 0;  // the number of part 0 in the Sequential that was cut
};

}  // namespace tutti::nn
