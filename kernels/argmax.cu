// The position of each row's largest element.
#include "launch.h"
#include "warp.h"

namespace tutti::launch {
namespace {

template <class T>
struct Place {
  T value;
  std::int64_t position;

  // NaN comes before every number, an earlier place before a later one of the same value.
  __device__ bool before(const Place& other) const {
    bool nan = value != value, other_nan = other.value != other.value;
    if (nan != other_nan) return nan;
    if (nan || value == other.value) return position < other.position;
    return value > other.value;
  }
};

template <class T>
struct Argmax {
  std::int64_t* out;
  const T* x;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    Place<T> best{static_cast<T>(-INFINITY), columns};
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads) {
      Place<T> here{x[row * columns + j], j};
      if (here.before(best)) best = here;
    }
    for (int distance = cuda::warp_threads / 2; distance > 0; distance /= 2) {
      Place<T> other{warp.shuffle_xor(best.value, distance),
                     warp.shuffle_xor(best.position, distance)};
      if (other.before(best)) best = other;
    }
    if (warp.lane() == 0) out[row] = best.position;
  }
};

}  // namespace

void argmax(CudaStream stream, const Tensor& out, const Tensor& x) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  if (columns == 0 && rows > 0)
    raise("argmax: found shape ", x.shape(), ", expected rows of at least one element");
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "argmax", [&]<class T>() {
    cuda::for_each_warp("argmax", stream, rows,
                        Argmax<T>{out.mutable_data<std::int64_t>(), dense.data<T>(), columns});
  });
}

}  // namespace tutti::launch
