#include "tutti/ops/triangle.h"

namespace tutti {
namespace {

Tensor numbered(std::int64_t begin, std::int64_t count, const Device& device) {
  return Tensor::arange(static_cast<double>(begin), static_cast<double>(begin + count), 1,
                        Dtype::i64, device);
}

}  // namespace

Tensor tril_mask(std::int64_t rows, std::int64_t columns, std::int64_t diagonal,
                 const Device& device) {
  return less_equal(numbered(0, columns, device),
                    numbered(diagonal, rows, device).reshape({rows, 1}));
}

Tensor triu_mask(std::int64_t rows, std::int64_t columns, std::int64_t diagonal,
                 const Device& device) {
  return greater_equal(numbered(0, columns, device),
                       numbered(diagonal, rows, device).reshape({rows, 1}));
}

}  // namespace tutti
