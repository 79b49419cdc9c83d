// Mixed precision: products in 16 bits while parameters stay f32.
#pragma once

#include "tutti/ops/cast.h"

namespace tutti {

/// While it lives, this thread's matmul, linear, convolutions and attention cast their f32 and
/// 16-bit inputs to `dtype` (f16 or bf16), multiply and sum in f32, and give results of `dtype`.
/// Nothing else changes: norms, softmax and reductions compute in f32 whatever they are given, a
/// loss is f32, and where f32 meets 16 bits the result is f32 (see promoted). The casts are
/// recorded: leaves stay f32, and so do the gradients that reach them, rounded to `dtype` on the
/// way. f64 is left alone. Scopes nest; std::nullopt turns it off within one.
///
///   Variable logits, loss;
///   {
///     Autocast scope(Dtype::bf16);
///     logits = model(x);
///   }
///   nn::cross_entropy(logits, labels).backward();
///
/// A backward computes as if there was no scope, wherever it runs. A weight is cast anew in each
/// product: 12 bytes are moved for an element forward and 12 back, beside 6 m operations with m
/// rows on the other side. What products save for backward is f32, as they compute: memory is not
/// less. f16 needs a LossScaler (optim/loss_scaler.h), bf16 has f32's range. Source: Micikevicius
/// et al., arXiv:1710.03740.
class Autocast {
 public:
  /// Error for another dtype.
  explicit Autocast(std::optional<Dtype> dtype);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  std::optional<Dtype> before_;
};

}  // namespace tutti
