// Sums, products and extrema over any axes. Without atomics: the order depends on how many numbers
// an output element combines, on nothing else.
#include <algorithm>

#include "launch.h"
#include "tutti/base/axes.h"
#include "tutti/base/convert.h"
#include "warp.h"

namespace tutti::launch {
namespace {

// Elements that a single thread, and that a warp, combines before another pass takes over.
constexpr std::int64_t thread_length = 64, warp_length = 4096;

template <class Op, class A, class T>
struct Fold {
  Op op;
  A* out;
  const T* x;
  Axes<1> kept, reduced;
  std::int64_t length, parts;

  // One thread for output i.
  __device__ void operator()(std::int64_t i) const {
    const T* from = x + kept.offsets(i).at[0];
    A result = Op::template identity<A>();
    for (std::int64_t j = 0; j < length; ++j)
      result = op(result, convert<A>(from[reduced.offsets(j).at[0]]));
    out[i] = result;
  }

  // One warp for part `i % parts` of output `i / parts`.
  __device__ void operator()(std::int64_t i, cuda::Warp warp) const {
    const T* from = x + kept.offsets(i / parts).at[0];
    std::int64_t begin = i % parts * warp_length, end = std::min(length, begin + warp_length);
    A result = Op::template identity<A>();
    for (std::int64_t j = begin + warp.lane(); j < end; j += cuda::warp_threads)
      result = op(result, convert<A>(from[reduced.offsets(j).at[0]]));
    result = cuda::combine_lanes(warp, op, result);
    if (warp.lane() == 0) out[i] = result;
  }
};

// x is stored as T; out is dense and holds what T is computed in.
template <class Op, class T, class A = compute_type<T>>
void fold(CudaStream stream, const Tensor& out, const Tensor& x) {
  Shape folded = x.shape();
  for (int axis = 0; axis < x.rank(); ++axis)
    if (out.shape()[axis] != 1) folded[axis] = 1;
  const std::int64_t count = out.count(), length = folded.count();
  const std::int64_t parts = (length + warp_length - 1) / warp_length;
  Fold<Op, A, T> kernel{Op{},
                        out.mutable_data<A>(),
                        x.data<T>(),
                        Axes<1>(out.shape(), {x.strides()}),
                        Axes<1>(folded, {x.strides()}),
                        length,
                        parts};
  if (length <= thread_length) return cuda::for_each("reduce", stream, count, kernel);
  if (parts == 1) return cuda::for_each_warp("reduce", stream, count, kernel);
  Tensor partial({count, parts}, out.dtype(), out.device());
  kernel.out = partial.mutable_data<A>();
  cuda::for_each_warp("reduce", stream, count * parts, kernel);
  fold<Op, A>(stream, out.reshape({count, 1}), partial);
}

}  // namespace

void reduce(CudaStream stream, Reduction kind, const Tensor& out, const Tensor& x) {
  if (out.count() == 0) return;
  if (x.count() == 0) require_choice(kind, x.shape(), out.shape());
  const Dtype computed = accumulator_of(x.dtype());
  if (!out.is_dense() || out.dtype() != computed) {
    Tensor whole(out.shape(), computed, out.device());
    reduce(stream, kind, whole, x);
    return copy(stream, out, whole);
  }
  const auto run = [&]<class T>() {
    if (kind == Reduction::max) return fold<cuda::Max, T>(stream, out, x);
    if (kind == Reduction::min) return fold<cuda::Min, T>(stream, out, x);
    if constexpr (!std::is_same_v<T, std::uint8_t>) {
      if (kind == Reduction::sum) return fold<cuda::Sum, T>(stream, out, x);
      fold<cuda::Product, T>(stream, out, x);
    }
  };
  if (x.dtype() == Dtype::i64) return run.template operator()<std::int64_t>();
  if (x.dtype() == Dtype::u8) return run.template operator()<std::uint8_t>();
  visit_any_float(x.dtype(), "reduce", run);
}

}  // namespace tutti::launch
