// Layer normalisation on CUDA.
#include "cuda_compare.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/layer_norm.h"

namespace tutti::test {

TEST_CASE("cuda: layer_norm and its gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t columns : {1, 7, 33, 1000})
      for (std::int64_t rows : {0, 1, 3, 131}) {
        INFO(dtype << " " << rows << " rows of " << columns);
        Tensor x = random_tensor({columns, rows}, dtype, 60).transpose();
        Tensor g = random_tensor({rows, columns}, dtype, 61);
        Tensor weight = random_tensor({columns}, dtype, 62),
               bias = random_tensor({columns}, dtype, 63);
        // Each of some 100 rows adds to the parameters' gradients.
        const double close = 20 * tolerance_of(dtype);
        compare(*cuda, {x, weight, bias}, close,
                [](const auto& in) { return layer_norm(in[0], in[1], in[2], 1e-2); });
        compare(*cuda, {x}, close,
                [](const auto& in) { return layer_norm(in[0], Tensor(), Tensor(), 1e-2); });
        for (std::size_t i = 0; i < 3; ++i)
          compare(*cuda, {x, weight, bias, g}, close, [&](const auto& in) {
            std::vector<Variable> leaves;
            for (std::size_t k = 0; k < 3; ++k) leaves.emplace_back(in[k], true);
            Variable y = layer_norm(leaves[0], leaves[1], leaves[2], 1e-2);
            return grad(y, {leaves[i]}, {.seed = Variable(in[3])})[0].value();
          });
      }
}

}  // namespace tutti::test
