#include "tutti/ops/dropout.h"

#include "launch.h"

namespace tutti {

Tensor dropout_mask(const Tensor& like, double rate, std::uint64_t key, std::uint64_t stream) {
  if (!(rate >= 0 && rate < 1)) raise("dropout: found rate ", rate, ", expected 0 <= rate < 1");
  Tensor out(like.shape(), like.dtype(), like.device());
  out.device().dispatch(
      [&](auto backend) { launch::dropout_mask(backend, out, rate, key, stream); });
  return out;
}

}  // namespace tutti
