// Streams, events and the allocator of a CUDA device.
#include "cuda_compare.h"
#include "tutti/device/event.h"

namespace tutti::test {

TEST_CASE("cuda: what is copied to the device comes back") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (std::int64_t count : {0, 1, 3, 1000003}) {
    Tensor x = random_tensor({count}, Dtype::f32, 1);
    check_close(x, x.to(*cuda), 0);
    check_close(x, x.to(*cuda).clone(), 0);
  }
}

TEST_CASE("cuda: freed memory is used again", "[caching]") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (int i = 0; i < 3; ++i) Tensor::zeros({1 << 20}, Dtype::f32, *cuda);
  auto calls = cuda->allocator().statistics().source_calls;
  for (int i = 0; i < 100; ++i) Tensor::zeros({1 << 20}, Dtype::f32, *cuda);
  CHECK(cuda->allocator().statistics().source_calls == calls);
}

TEST_CASE("cuda: another stream waits for an event") {
  auto first = cuda_device(), second = cuda_device();
  if (!first || !second) return;
  Tensor x = Tensor::full({1 << 22}, 3, Dtype::f32, *first);
  Event event = record(first->stream());
  wait(second->stream(), event);
  Tensor y(x.shape(), x.dtype(), *second);
  copy(second->stream(), y.block(), x.const_block());
  wait(Stream(CpuStream{}), record(second->stream()));
  check_close(Tensor::full({1 << 22}, 3), y, 0);
}

}  // namespace tutti::test
