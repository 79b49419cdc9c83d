// Copies, conversions and fills of any strides on CUDA.
#include "cuda_compare.h"

namespace tutti::test {

TEST_CASE("cuda: copies between dtypes") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype from : {Dtype::f32, Dtype::f64, Dtype::i32, Dtype::i64, Dtype::u8})
    for (Dtype to : {Dtype::f32, Dtype::f64, Dtype::i32, Dtype::i64, Dtype::u8}) {
      Tensor x = random_tensor({7, 33}, Dtype::f64, 2);
      Tensor small = launched({7, 33}, Dtype::f64, x, [&](auto, const Tensor& out) {
        for (std::int64_t i = 0; i < 7 * 33; ++i)
          out.mutable_data<double>()[i] = std::abs(x.data<double>()[i]) * 100;
      });
      INFO(from << " to " << to);
      compare(*cuda, {small.to(from)}, 0, [&](const auto& in) { return in[0].to(to); });
    }
}

TEST_CASE("cuda: copies between strides") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor x = random_tensor({5, 6, 7, 3}, Dtype::f32, 3);
  compare(*cuda, {x}, 0, [](const auto& in) { return in[0].transpose(0, 2).clone(); });
  compare(*cuda, {x}, 0, [](const auto& in) { return in[0].permute({3, 1, 0, 2}).clone(); });
  compare(*cuda, {x}, 0, [](const auto& in) { return in[0].slice(1, 2, 5).clone(); });
  compare(*cuda, {x}, 0, [](const auto& in) {
    return in[0].slice(2, 1, 2).expand({5, 6, 9, 3}).clone();
  });
  compare(*cuda, {x}, 0, [](const auto& in) {
    Tensor out = Tensor::zeros({3, 7, 6, 5}, Dtype::f32, in[0].device());
    out.transpose(0, 3).transpose(1, 2).copy_from(in[0]);
    return out;
  });
}

TEST_CASE("cuda: fills") {
  auto cuda = cuda_device();
  if (!cuda) return;
  compare(*cuda, {random_tensor({5, 7}, Dtype::f64, 4)}, 0, [](const auto& in) {
    Tensor out = in[0].clone();
    out.slice(1, 2, 4).fill(7.5);
    return out;
  });
  check_close(Tensor::full({3, 11}, 200, Dtype::u8), Tensor::full({3, 11}, 200, Dtype::u8, *cuda),
              0);
  check_close(Tensor::full({}, -4, Dtype::i64), Tensor::full({}, -4, Dtype::i64, *cuda), 0);
  CHECK(Tensor::zeros({0, 3}, Dtype::f32, *cuda).count() == 0);
}

}  // namespace tutti::test
