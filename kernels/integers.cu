// Arithmetic of whole numbers.
#include "launch.h"
#include "ops/integer_math.h"
#include "tutti/base/axes.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T, class F>
struct Integers {
  F f;
  T* out;
  const T* a;
  const T* b;
  Axes<2> axes;

  __device__ void operator()(std::int64_t i) const {
    auto offsets = axes.offsets(i);
    out[i] = f(a[offsets.at[0]], b[offsets.at[1]]);
  }
};

}  // namespace

void integers(CudaStream stream, IntegerOp op, const Tensor& out, const Tensor& a,
              const Tensor& b) {
  Axes<2> axes(out.shape(), {a.strides(), b.strides()});
  visit_integer(out.dtype(), [&]<class T>() {
    visit_integer_op<T>(op, [&]<class F>(F f) {
      cuda::for_each("integers", stream, out.count(),
                     Integers<T, F>{f, out.mutable_data<T>(), a.data<T>(), b.data<T>(), axes});
    });
  });
}

}  // namespace tutti::launch
