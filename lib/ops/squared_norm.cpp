#include "tutti/ops/squared_norm.h"

#include "launch.h"
#include "tutti/ops/map.h"

namespace tutti {

double squared_norm(const Tensor& x) {
  require_alike(std::array{x}, "squared_norm");
  if (x.count() == 0) return 0;
  Tensor dense = x.contiguous();
  Tensor sums({(x.count() + squared_norm_chunk - 1) / squared_norm_chunk}, Dtype::f64, x.device());
  x.device().dispatch([&](auto stream) { launch::squared_sums(stream, sums, dense); });
  double total = 0;
  for (double sum : sums.to_vector<double>()) total += sum;
  return total;
}

}  // namespace tutti
