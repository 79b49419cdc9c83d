// The arithmetic of reductions on CUDA: the CPU's bits, whatever the operator.
#include "cuda_compare.h"
#include "tutti/comm/block_math.h"

namespace tutti::test {

namespace {

const std::vector<ReduceOp::Kind> kinds{ReduceOp::Kind::sum, ReduceOp::Kind::min,
                                        ReduceOp::Kind::max, ReduceOp::Kind::product};

Tensor combined(const Tensor& lower, const Tensor& upper, ReduceOp::Kind kind, double divisor) {
  Tensor out(lower.shape(), lower.dtype(), lower.device());
  combine(lower.device().stream(), out.block(), lower.const_block(), upper.const_block(), kind,
          divisor);
  return out;
}

}  // namespace

TEST_CASE("cuda: blocks are combined and divided with the CPU's bits") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32, Dtype::i64, Dtype::u8})
    for (std::int64_t count : {0, 1, 257, 1003}) {
      Tensor lower = random_tensor({count}, Dtype::f64, 50), upper = lower.clone();
      for (std::int64_t i = 0; i < count; ++i) {
        lower.mutable_data<double>()[i] = std::abs(lower.data<double>()[i]) * 200;
        upper.mutable_data<double>()[i] = static_cast<double>((i * 37) % 200);
      }
      if (is_float(dtype) && count > 1) lower.mutable_data<double>()[count / 2] = NAN;
      for (ReduceOp::Kind kind : kinds) {
        INFO(dtype << " " << count << " elements, operator " << static_cast<int>(kind));
        compare(*cuda, {lower.to(dtype), upper.to(dtype)}, 0,
                [&](const auto& in) { return combined(in[0], in[1], kind, 1); });
        if (!is_float(dtype)) continue;
        compare(*cuda, {lower.to(dtype), upper.to(dtype)}, 0,
                [&](const auto& in) { return combined(in[0], in[1], kind, 3); });
        compare(*cuda, {lower.to(dtype)}, 0, [&](const auto& in) {
          Tensor out = in[0].clone();
          divide(out.device().stream(), out.block(), 7);
          return out;
        });
      }
    }
}

}  // namespace tutti::test
