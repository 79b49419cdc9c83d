// Random numbers: the bits of lib/cpu/random.cpp.
#include "launch.h"
#include "tutti/base/random.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Uniform {
  T* out;
  std::int64_t count;
  Philox philox;
  std::uint64_t random_stream;

  // Elements 2 i and 2 i + 1 share one Philox block.
  __device__ void operator()(std::int64_t i) const {
    const Philox::Words words = philox.at(random_stream, static_cast<std::uint64_t>(i));
    out[2 * i] = uniform_number<T>(words[0], words[1]);
    if (2 * i + 1 < count) out[2 * i + 1] = uniform_number<T>(words[2], words[3]);
  }
};

template <class T>
struct Normal {
  T* out;
  std::int64_t count;
  Philox philox;
  std::uint64_t random_stream;

  // Elements 4 i to 4 i + 3 share one.
  __device__ void operator()(std::int64_t i) const {
    const Philox::Words words = philox.at(random_stream, static_cast<std::uint64_t>(i));
    const NormalPair one = box_muller(words[0], words[1]), other = box_muller(words[2], words[3]);
    const double numbers[] = {one.first, one.second, other.first, other.second};
    for (int j = 0; j < 4; ++j)
      if (4 * i + j < count) out[4 * i + j] = convert<T>(numbers[j]);
  }
};

}  // namespace

void random(CudaStream stream, const Tensor& out, Distribution distribution, std::uint64_t key,
            std::uint64_t random_stream) {
  const std::int64_t count = out.count();
  visit_any_float(out.dtype(), "random", [&]<class T>() {
    T* to = out.mutable_data<T>();
    if (distribution == Distribution::uniform)
      cuda::for_each("rand", stream, (count + 1) / 2,
                     Uniform<T>{to, count, Philox(key), random_stream});
    else
      cuda::for_each("randn", stream, (count + 3) / 4,
                     Normal<T>{to, count, Philox(key), random_stream});
  });
}

}  // namespace tutti::launch
