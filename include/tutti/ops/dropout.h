// The random mask of dropout.
#pragma once

#include "tutti/ops/arithmetic.h"

namespace tutti {

/// 1 / (1 - rate) with probability 1 - rate, else 0, in the shape, dtype and on the device of
/// `like`. Element i draws word i % 4 of Philox(key).at(stream, i / 4). rate in [0, 1). Source:
/// Srivastava et al., "Dropout", JMLR 15, 2014 (in its inverted form).
Tensor dropout_mask(const Tensor& like, double rate, std::uint64_t key, std::uint64_t stream);

}  // namespace tutti
