// Group and root-mean-square normalisation on CUDA.
#include "cuda_compare.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/group_norm.h"
#include "tutti/ops/rms_norm.h"

namespace tutti::test {

namespace {

// The result, and each gradient, of f(leaves) with the gradient in the last input.
template <class F>
void compare_all(const Device& cuda, const std::vector<Tensor>& inputs, double close, F f) {
  const std::size_t leaves = inputs.size() - 1;
  for (std::size_t i = 0; i <= leaves; ++i)
    compare(cuda, inputs, close, [&](const auto& in) {
      std::vector<Variable> x;
      for (std::size_t k = 0; k < leaves; ++k) x.emplace_back(in[k], true);
      Variable y = f(x);
      return i == leaves ? y.value() : grad(y, {x[i]}, {.seed = Variable(in[leaves])})[0].value();
    });
}

}  // namespace

TEST_CASE("cuda: group_norm and rms_norm and their gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    // Each of some 100 numbers adds to the sums.
    const double close = 20 * tolerance_of(dtype);
    for (const Shape& shape :
         {Shape{0, 4, 3}, Shape{2, 4, 0}, Shape{3, 4, 1}, Shape{2, 4, 130}, Shape{1, 600, 2}}) {
      INFO(dtype << " " << shape);
      Tensor x = random_tensor(shape, dtype, 70), g = random_tensor(shape, dtype, 71);
      Tensor weight = random_tensor({shape[1]}, dtype, 72);
      Tensor bias = random_tensor({shape[1]}, dtype, 73);
      for (std::int64_t groups : {std::int64_t{1}, std::int64_t{2}, shape[1]}) {
        compare_all(*cuda, {x, weight, bias, g}, close,
                    [&](const auto& in) { return group_norm(in[0], groups, in[1], in[2], 1e-2); });
        compare_all(*cuda, {x, g}, close, [&](const auto& in) {
          return group_norm(in[0], groups, Variable(), Variable(), 1e-2);
        });
      }
      if (shape[2] == 0) continue;
      Tensor scale = random_tensor({shape[2]}, dtype, 74);
      compare_all(*cuda, {x, scale, g}, close,
                  [](const auto& in) { return rms_norm(in[0], in[1], 1e-2); });
    }
  }
}

}  // namespace tutti::test
