// Watching ops as they run: where the time goes, which one gave the first NaN.
#pragma once

#include <span>
#include <string_view>

#include "tutti/tensor/tensor.h"

namespace tutti {

class Node;

/// Derive and make an OpObserverScope of it. Calls come from the thread of the scope, in the order
/// of the ops; observers of outer scopes are told, too.
class OpObserver {
 public:
  enum class Pass : bool { forward, backward };

  virtual ~OpObserver() = default;
  /// An op on variables is about to run, or to pass a gradient back.
  virtual void begin(std::string_view /*op*/, Pass) {}
  /// It has: `results` are its outputs, or the gradients of its inputs, where empty ones are 0.
  /// `node` is what was recorded; null where nothing was. Not called where it threw.
  virtual void end(std::string_view op, Pass pass, std::span<const Tensor> results,
                   const Node* node) = 0;
};

/// While it lives, this thread's ops are told to the observer.
class OpObserverScope {
 public:
  explicit OpObserverScope(OpObserver& observer);
  ~OpObserverScope();
  OpObserverScope(const OpObserverScope&) = delete;
  OpObserverScope& operator=(const OpObserverScope&) = delete;

  /// The innermost of this thread; null for none.
  static const OpObserverScope* innermost();
  void begin(std::string_view op, OpObserver::Pass pass) const;
  void end(std::string_view op, OpObserver::Pass pass, std::span<const Tensor> results,
           const Node* node) const;

 private:
  OpObserver& observer_;
  const OpObserverScope* outer_;
};

/// One op, from its beginning on.
class ObservedOp {
 public:
  explicit ObservedOp(std::string_view op, OpObserver::Pass pass = OpObserver::Pass::forward)
      : scope_(OpObserverScope::innermost()), op_(op), pass_(pass) {
    if (scope_) scope_->begin(op_, pass_);
  }
  bool observed() const { return scope_ != nullptr; }
  void end(std::span<const Tensor> results, const Node* node) const {
    if (scope_) scope_->end(op_, pass_, results, node);
  }

 private:
  const OpObserverScope* scope_;
  std::string_view op_;
  OpObserver::Pass pass_;
};

}  // namespace tutti
