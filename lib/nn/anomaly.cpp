#include "tutti/nn/anomaly.h"

#include <cmath>
#include <unordered_map>

#include "tutti/autograd/observer.h"

namespace tutti::nn {
namespace {

// Zero times a number is a number again, unless that is infinite or none.
bool all_finite(const Tensor& x) {
  return x.count() == 0 || std::isfinite(sum(x * 0.0).item());
}

// Where it stands, and what it is.
std::string first_anomaly(const Tensor& x) {
  const std::vector<double> values = x.to(Dtype::f64).to_vector<double>();
  std::size_t place = 0;
  while (place + 1 < values.size() && std::isfinite(values[place])) ++place;
  Shape index = x.shape();
  auto rest = static_cast<std::int64_t>(place);
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    index[axis] = rest % x.shape()[axis];
    rest /= x.shape()[axis];
  }
  const double found = values[place];
  const char* name = std::isnan(found) ? "nan" : found > 0 ? "inf" : "-inf";
  return text(name, " at ", index, " of ", x.shape(), ' ', x.dtype());
}

// Names its layer itself.
struct Anomaly : Error {
  using Error::Error;
};

}  // namespace

class DetectAnomaly::Watch : public OpObserver {
 public:
  explicit Watch(const Module& module) : root_(module), scope_(*this) {
    for (const auto& [path, part] : module.modules()) {
      auto enter = [this, path = path](const Module&, std::span<Variable>) {
        while (!running_.empty() && !holds(running_.back(), path)) running_.pop_back();
        running_.push_back(path);
      };
      auto leave = [this, path = path](const Module&, std::span<const Variable>, Variable&) {
        if (!running_.empty() && running_.back() == path) running_.pop_back();
      };
      hooks_.push_back({part, part.add_hook(PreHook(enter)), part.add_hook(PostHook(leave))});
    }
  }
  ~Watch() override {
    for (const auto& [part, before, after] : hooks_) {
      part.remove_hook(before);
      part.remove_hook(after);
    }
  }

  void end(std::string_view op, Pass pass, std::span<const Tensor> results,
           const Node* node) override {
    const bool forward = pass == Pass::forward;
    std::string path = running_.empty() ? std::string() : running_.back();
    if (forward && node) paths_.insert_or_assign(node, path);
    if (const auto found = paths_.find(node); !forward && found != paths_.end())
      path = found->second;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Tensor& result = results[i];
      if (!result || !is_float(result.dtype()) || all_finite(result)) continue;
      const auto position = root_.random_position();
      throw Anomaly(text("DetectAnomaly: ", forward ? "" : "the backward of ", op,
                         path.empty() ? "" : " in ", path, " gave ", first_anomaly(result),
                         ", its ", forward ? "result " : "gradient of input ", i,
                         position ? text(", in step ", position->step) : "",
                         ", expected finite numbers; it is the first op that did"));
    }
  }

 private:
  using PreHook = Module::PreHook;
  using PostHook = Module::PostHook;
  struct Hooks {
    Module module;
    std::uint64_t before, after;
  };
  // Whether the module at `outer` is an ancestor of the one at `inner`.
  static bool holds(const std::string& outer, const std::string& inner) {
    return outer.empty() || inner.starts_with(outer + '.');
  }

  Module root_;
  std::vector<Hooks> hooks_;
  std::vector<std::string> running_;  ///< paths, the innermost last
  std::unordered_map<const Node*, std::string> paths_;
  OpObserverScope scope_;
};

DetectAnomaly::DetectAnomaly(const Module& module) : watch_(std::make_unique<Watch>(module)) {}
DetectAnomaly::~DetectAnomaly() = default;

}  // namespace tutti::nn
