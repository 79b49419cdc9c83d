// The random mask of dropout: the bits of lib/cpu/dropout_mask.cpp.
#include "launch.h"
#include "ops/dropout_rule.h"
#include "tutti/base/philox.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Mask {
  T* out;
  std::int64_t count;
  T kept;
  std::uint32_t threshold;
  std::uint64_t key, random_stream;

  // Elements 4 i to 4 i + 3 share one Philox block.
  __device__ void operator()(std::int64_t i) const {
    Philox::Words words = Philox(key).at(random_stream, static_cast<std::uint64_t>(i));
    for (int j = 0; j < 4; ++j)
      if (4 * i + j < count) out[4 * i + j] = words[j] >> 8 >= threshold ? kept : T(0);
  }
};

}  // namespace

void dropout_mask(CudaStream stream, const Tensor& out, double rate, std::uint64_t key,
                  std::uint64_t random_stream) {
  const std::uint32_t threshold = dropout_threshold(rate);
  visit_float(out.dtype(), "dropout_mask", [&]<class T>() {
    cuda::for_each("dropout_mask", stream, (out.count() + 3) / 4,
                   Mask<T>{out.mutable_data<T>(), out.count(), static_cast<T>(1 / (1 - rate)),
                           threshold, key, random_stream});
  });
}

}  // namespace tutti::launch
