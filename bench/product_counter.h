// The matrix products of linear layers in a training step, and what libraries take for them.
#pragma once

#include <map>

#include "sgemm.h"
#include "tutti/autograd/observer.h"

namespace tutti::bench {

/// Counts them while it observes: of each linear op forward, the weight's gradient, and the
/// input's where it is wanted.
class ProductCounter : public OpObserver {
 public:
  void end(std::string_view op, Pass pass, std::span<const Tensor> results,
           const Node* node) override;

  const std::map<Product, std::int64_t>& counts() const { return counts_; }
  double operations() const;
  /// The sum of what the fastest library takes for each shape; see time_sgemm().
  double best_seconds(int runs) const;

 private:
  std::map<const Node*, std::int64_t> rows_;  ///< of the results of those not yet gone back through
  std::map<Product, std::int64_t> counts_;
};

}  // namespace tutti::bench
