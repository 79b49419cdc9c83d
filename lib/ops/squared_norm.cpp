#include "tutti/ops/squared_norm.h"

#include "launch.h"
#include "tutti/ops/map.h"

namespace tutti {

std::vector<double> squared_norms(std::span<const Tensor> tensors) {
  std::vector<std::int64_t> ends;  // of each tensor's chunks among all
  std::int64_t chunks = 0;
  for (const Tensor& x : tensors) {
    require_alike(std::array{x}, "squared_norm");
    require_same_device(tensors[0], x, "squared_norm");
    ends.push_back(chunks += (x.count() + squared_norm_chunk - 1) / squared_norm_chunk);
  }
  std::vector<double> totals(tensors.size());
  if (chunks == 0) return totals;
  Tensor sums({chunks}, Dtype::f64, tensors[0].device());
  auto begin = [&](std::size_t i) { return i > 0 ? ends[i - 1] : 0; };
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (begin(i) == ends[i]) continue;
    Tensor dense = tensors[i].contiguous(), part = sums.slice(0, begin(i), ends[i]);
    dense.device().dispatch([&](auto stream) { launch::squared_sums(stream, part, dense); });
  }
  const std::vector<double> all = sums.to_vector<double>();
  for (std::size_t i = 0; i < tensors.size(); ++i)
    for (std::int64_t k = begin(i); k < ends[i]; ++k) totals[i] += all[static_cast<std::size_t>(k)];
  return totals;
}

}  // namespace tutti
