#include "tutti/autograd/observer.h"

namespace tutti {
namespace {

thread_local const OpObserverScope* current = nullptr;

}  // namespace

OpObserverScope::OpObserverScope(OpObserver& observer) : observer_(observer), outer_(current) {
  current = this;
}
OpObserverScope::~OpObserverScope() {
  current = outer_;
}

const OpObserverScope* OpObserverScope::innermost() {
  return current;
}

void OpObserverScope::begin(std::string_view op, OpObserver::Pass pass) const {
  for (const OpObserverScope* scope = this; scope; scope = scope->outer_)
    scope->observer_.begin(op, pass);
}

void OpObserverScope::end(std::string_view op, OpObserver::Pass pass,
                          std::span<const Tensor> results, const Node* node) const {
  for (const OpObserverScope* scope = this; scope; scope = scope->outer_)
    scope->observer_.end(op, pass, results, node);
}

}  // namespace tutti
