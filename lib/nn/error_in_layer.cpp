// Which layer an Error of a forward comes from.
#include <algorithm>
#include <typeinfo>

#include "module_visit.h"

namespace tutti::nn {

// What is told apart from a plain Error, which no layer has seen yet.
struct Module::ErrorInLayer : Error {
  ErrorInLayer(const std::string& what, const Module& from, const std::string& path)
      : Error(with_layer(what, from, path)), plain(what), layer(from.state_) {}

  std::string plain;
  std::weak_ptr<State> layer;  // who keeps the error does not keep the model

  // Behind the first line: others say more of it.
  static std::string with_layer(const std::string& what, const Module& layer,
                                const std::string& path) {
    if (path.empty() && what.starts_with(text(layer.type(), ": "))) return what;
    const std::size_t end = std::min(what.find('\n'), what.size());
    const std::string where = path.empty() ? text("; in ", layer.type())
                                           : text("; in layer ", path, " (", layer.type(), ')');
    return what.substr(0, end) + where + what.substr(end);
  }
};

void Module::raise_in_layer(const Error& error) const {
  if (typeid(error) == typeid(Error)) throw ErrorInLayer(error.what(), *this, "");
  const auto* inner = dynamic_cast<const ErrorInLayer*>(&error);
  if (inner == nullptr) throw;
  // No layer knows its own path: each that the error passes finds the innermost below itself.
  const std::shared_ptr<State> layer = inner->layer.lock();
  for (const auto& [path, module] : modules())
    if (module.state_ == layer) throw ErrorInLayer(inner->plain, module, path);
  throw;
}

}  // namespace tutti::nn
