// Which of two vectors should point the same way.
#include "total.h"
#include "tutti/nn/loss.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/where.h"

namespace tutti::nn {
namespace {

// On the host alone, as cross-entropy's labels: a look at a device's memory would wait for it.
void require_targets(const Tensor& target, const Shape& rows) {
  if (target.shape() != rows)
    raise("cosine_embedding_loss: found target ", target.shape(), ", expected ", rows,
          ", one for each row");
  if (!target.device().is_cpu()) return;
  const std::vector<double> values = target.to(Dtype::f64).to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != 1 && values[i] != -1)
      raise("cosine_embedding_loss: found target ", values[i], " at row ", i, ", expected 1 or -1");
}

}  // namespace

Variable cosine_embedding_loss(const Variable& a, const Variable& b, const Tensor& target,
                               const CosineOptions& options) {
  const Shape& shape = a.shape();
  if (shape.rank() < 1 || shape.rank() > 2 || b.shape() != shape || a.dtype() != b.dtype())
    raise("cosine_embedding_loss: found ", shape, " of ", a.dtype(), " and ", b.shape(), " of ",
          b.dtype(), ", expected both [n, width] or both [width], of one dtype");
  if (!(options.margin >= -1 && options.margin <= 1))
    raise("cosine_embedding_loss: found margin ", options.margin, ", expected -1 to 1");
  require_targets(target, shape.rank() == 2 ? Shape{shape[0]} : Shape{});
  Variable x = widened(a), y = widened(b);
  // PyTorch's: what is added keeps vectors of zeros apart from a division by 0.
  auto squared_length = [](const Variable& v) { return sum(v * v, {-1}) + 1e-12; };
  Variable cosine = sum(x * y, {-1}) * pow(squared_length(x) * squared_length(y), -0.5);
  Variable apart = relu(cosine - options.margin);
  return total(where(equal(target, 1), 1.0 - cosine, apart), options.reduction);
}

}  // namespace tutti::nn
