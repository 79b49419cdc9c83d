#include "tutti/ops/norm.h"

#include "tutti/ops/logic.h"

namespace tutti {

std::vector<Tensor> LogSumExp::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor& x = in[0];
  require_alike(in, name);
  saving.input(0), saving.output(0);
  if (x.count() == 0)
    return {Tensor::full(kept, -std::numeric_limits<double>::infinity(), x.dtype(), x.device())};
  // An infinite one is not taken out: infinity - infinity would be NaN.
  const Tensor largest = max_tensor(x, kept);
  const Tensor out = where(isfinite(largest), largest, 0.0);
  return {log(sum_tensor(exp(x - out), kept)) + out};
}

}  // namespace tutti
