// Comparisons and choices of elements.
#include "launch.h"
#include "tutti/base/axes.h"
#include "tutti/base/element_bits.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Compare {
  Relation relation;
  std::uint8_t* out;
  const T* a;
  const T* b;
  Axes<2> axes;

  __device__ void operator()(std::int64_t i) const {
    auto offsets = axes.offsets(i);
    out[i] = holds(a[offsets.at[0]], b[offsets.at[1]]);
  }

 private:
  __device__ bool holds(T x, T y) const {
    switch (relation) {
      case Relation::less:
        return x < y;
      case Relation::less_equal:
        return x <= y;
      case Relation::equal:
        return x == y;
      default:
        return x != y;
    }
  }
};

template <class T>
struct Choose {
  T* out;
  const std::uint8_t* condition;
  const T* a;
  const T* b;
  Axes<3> axes;

  __device__ void operator()(std::int64_t i) const {
    auto offsets = axes.offsets(i);
    out[i] = condition[offsets.at[0]] ? a[offsets.at[1]] : b[offsets.at[2]];
  }
};

}  // namespace

void compare(CudaStream stream, Relation relation, const Tensor& out, const Tensor& a,
             const Tensor& b) {
  Axes<2> axes(out.shape(), {a.strides(), b.strides()});
  visit_arithmetic(a.dtype(), "compare", [&]<class T>() {
    cuda::for_each(
        "compare", stream, out.count(),
        Compare<T>{relation, out.mutable_data<std::uint8_t>(), a.data<T>(), b.data<T>(), axes});
  });
}

void where(CudaStream stream, const Tensor& out, const Tensor& condition, const Tensor& a,
           const Tensor& b) {
  Axes<3> axes(out.shape(), {condition.strides(), a.strides(), b.strides()});
  visit_bits(out.dtype(), [&]<class T>() {
    cuda::for_each("where", stream, out.count(),
                   Choose<T>{static_cast<T*>(out.mutable_raw()), condition.data<std::uint8_t>(),
                             static_cast<const T*>(a.raw()), static_cast<const T*>(b.raw()), axes});
  });
}

}  // namespace tutti::launch
