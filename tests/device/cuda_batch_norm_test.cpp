// Batch normalisation on CUDA.
#include "cuda_compare.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/batch_norm.h"

namespace tutti::test {

TEST_CASE("cuda: batch_norm and its gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Shape& shape : {Shape{2, 1}, Shape{7, 5}, Shape{3, 4, 33}, Shape{2, 3, 17, 19}}) {
      INFO(dtype << " " << shape);
      Tensor x = random_tensor(shape, dtype, 60), g = random_tensor(shape, dtype, 61);
      Tensor weight = random_tensor({shape[1]}, dtype, 62);
      Tensor bias = random_tensor({shape[1]}, dtype, 63);
      const double close = 20 * tolerance_of(dtype);  // some 100 numbers are added up
      compare(*cuda, {x, weight, bias}, close,
              [](const auto& in) { return batch_norm(in[0], in[1], in[2], 1e-2).y; });
      compare(*cuda, {x}, close, [](const auto& in) { return batch_norm(in[0]).variance; });
      for (std::size_t i = 0; i < 3; ++i)
        compare(*cuda, {x, weight, bias, g}, close, [&](const auto& in) {
          std::vector<Variable> leaves;
          for (std::size_t k = 0; k < 3; ++k) leaves.emplace_back(in[k], true);
          Variable y = batch_norm(leaves[0], leaves[1], leaves[2], 1e-2).y;
          return grad(y, {leaves[i]}, {.seed = Variable(in[3])})[0].value();
        });
    }
}

}  // namespace tutti::test
