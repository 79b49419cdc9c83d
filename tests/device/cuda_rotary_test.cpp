// Rotary positions on CUDA.
#include "cuda_compare.h"
#include "tutti/ops/rotary.h"

namespace tutti::test {

TEST_CASE("cuda: rotary positions and their gradient") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (bool interleaved : {false, true}) {
      // As [n, t, heads, d] lies in memory.
      Tensor x = random_tensor({2, 21, 3, 10}, dtype, 70).permute({0, 2, 1, 3});
      const RotaryOptions options{.offset = 5, .interleaved = interleaved};
      compare(*cuda, {x}, tolerance_of(dtype),
              [&](const auto& in) { return rotary(in[0], options); });
      compare(*cuda, {x}, tolerance_of(dtype), [&](const auto& in) {
        return apply(Rotary{options, true}, in[0]);
      });
      compare(*cuda, {x.slice(2, 0, 0)}, tolerance_of(dtype),
              [&](const auto& in) { return rotary(in[0], options); });
    }
}

}  // namespace tutti::test
