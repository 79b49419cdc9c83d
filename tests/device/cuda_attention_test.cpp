// Attention on CUDA.
#include "cuda_compare.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/attention.h"
#include "tutti/ops/concat.h"

namespace tutti::test {

namespace {

struct Case {
  std::int64_t t, s, d, e, kv_heads = 2, offset = 0;
};

// What is hidden, among it all of row 1, is -infinity.
Tensor some_hidden(const Case& c, Dtype dtype) {
  std::vector<double> mask;
  for (std::int64_t i = 0; i < c.t * c.s; ++i)
    mask.push_back(i % 3 == 0 || i / c.s == 1 ? -INFINITY : 0.25);
  return Tensor::from(mask, {c.t, c.s}).to(dtype);
}

}  // namespace

TEST_CASE("cuda: attention and its gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Case& c : {Case{1, 1, 1, 1},
                          {5, 3, 4, 2},
                          {9, 70, 33, 40},
                          {66, 65, 8, 8},
                          {5, 9, 3, 4, 1},
                          {7, 20, 4, 2, 2, 11},
                          {6, 9, 4, 2, 1, 2},
                          {3, 0, 2, 2},
                          {0, 3, 2, 2, 1}}) {
      if (dtype == Dtype::f64 && c.s > 60) continue;  // sizes matter alike in both
      for (bool causal : {false, true})
        for (int variant : {0, 1, 2}) {
          const bool masked = variant == 1;
          const double dropout = variant == 2 ? 0.3 : 0;
          INFO(dtype << " t " << c.t << " s " << c.s << " d " << c.d << " e " << c.e << " kv_heads "
                     << c.kv_heads << " offset " << c.offset << causal << variant);
          // As [n, t, heads, width] lies in memory.
          auto heads = [&](std::int64_t rows, std::int64_t count, std::int64_t width,
                           std::uint64_t seed) {
            return random_tensor({1, rows, count, width}, dtype, seed).permute({0, 2, 1, 3});
          };
          Tensor q = heads(c.t, 2, c.d, 64), k = heads(c.s, c.kv_heads, c.d, 65);
          Tensor v = heads(c.s, c.kv_heads, c.e, 66), g = heads(c.t, 2, c.e, 67);
          Tensor mask = masked ? some_hidden(c, dtype) : Tensor();
          auto attend = [&](const auto& a, const auto& b, const auto& w) {
            Tensor moved = mask ? mask.to(tensor_of(a).device()) : mask;
            return attention(
                a, b, w, {.causal = causal, .offset = c.offset, .dropout = dropout, .draw = {5, 6}},
                moved);
          };
          const double close = 5 * tolerance_of(dtype);
          compare(*cuda, {q, k, v}, close,
                  [&](const auto& in) { return attend(in[0], in[1], in[2]); });
          compare(*cuda, {q, k, v, g}, close, [&](const auto& in) {
            std::vector<Variable> leaves;
            for (std::size_t part = 0; part < 3; ++part) leaves.emplace_back(in[part], true);
            Variable y = attend(leaves[0], leaves[1], leaves[2]);
            std::vector<Tensor> flat;
            for (const Variable& gradient : grad(y, leaves, {.seed = Variable(in[3])}))
              flat.push_back(gradient.value().reshape({gradient.value().count()}));
            return concat(flat, 0);
          });
        }
    }
}

}  // namespace tutti::test
