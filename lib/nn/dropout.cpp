#include "tutti/nn/dropout.h"

#include "tutti/ops/cast.h"
#include "tutti/ops/dropout.h"

namespace tutti::nn {

Dropout::Dropout(double rate) : rate_(rate) {
  if (!(rate >= 0 && rate < 1)) raise("Dropout: found rate ", rate, ", expected 0 <= rate < 1");
}

Variable Dropout::forward(const Variable& x) const {
  if (!training() || rate_ == 0) return x;
  auto [key, stream] = next_draw();
  auto drop = [&, key = key, stream = stream](const Variable& y) {
    return y * dropout_mask(y.value(), rate_, key, stream);
  };
  return with_f32("dropout", drop, x);
}

}  // namespace tutti::nn
