#include "product_counter.h"

#include <algorithm>

namespace tutti::bench {

void ProductCounter::end(std::string_view op, Pass pass, std::span<const Tensor> results,
                         const Node* node) {
  if (op != "linear" || !node) return;
  if (pass == Pass::forward) {
    const Shape& y = results[0].shape();
    rows_[node] = y.count() / std::max<std::int64_t>(1, y[y.rank() - 1]);
    return;
  }
  const Tensor &input = results[0], &weight = results[1];
  const auto found = rows_.find(node);
  if (found == rows_.end() || !weight) return;
  const std::int64_t m = found->second, n = weight.size(0), k = weight.size(1);
  rows_.erase(found);
  ++counts_[{.m = m, .n = n, .k = k, .b_transposed = true}];
  ++counts_[{.m = n, .n = k, .k = m, .a_transposed = true}];
  if (input) ++counts_[{.m = m, .n = k, .k = n}];
}

double ProductCounter::operations() const {
  double sum = 0;
  for (const auto& [product, count] : counts_)
    sum += product.operations() * static_cast<double>(count);
  return sum;
}

double ProductCounter::best_seconds(int runs) const {
  double sum = 0;
  for (const auto& [product, count] : counts_)
    sum += time_sgemm(product, runs).front().median * static_cast<double>(count);
  return sum;
}

}  // namespace tutti::bench
