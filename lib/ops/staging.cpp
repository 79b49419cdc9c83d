#include "tutti/ops/staging.h"

#include "tutti/base/convert.h"

namespace tutti {
namespace {

// Calls f with the type that elements of `dtype` are stored in, where T computes with them.
template <class T, class F>
void visit_stored(Dtype dtype, F&& f) {
  if constexpr (std::is_same_v<T, float>) {
    if (dtype == Dtype::f16) return f.template operator()<f16>();
    if (dtype == Dtype::bf16) return f.template operator()<bf16>();
  }
  f.template operator()<T>();
}

template <class T, class S>
void stage_run(T* to, const S* from, std::int64_t count, std::int64_t step) {
  if (step == 1) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) to[i] = convert<T>(from[i]);
  } else if (step == 0) {
    std::fill_n(to, count, convert<T>(*from));
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = convert<T>(from[i * step]);
  }
}

}  // namespace

template <class T>
void load_lanes(T* to, int count, const void* from, Dtype dtype, std::int64_t begin) {
  visit_stored<T>(dtype,
                  [&]<class S>() { stage_run(to, static_cast<const S*>(from) + begin, count, 1); });
  std::fill(to + count, to + lanes, T(1));
}

template <class T>
void store_lanes(const T* from, int count, void* to, Dtype dtype, std::int64_t begin) {
  visit_stored<T>(dtype,
                  [&]<class S>() { stage_run(static_cast<S*>(to) + begin, from, count, 1); });
}

template <class T>
Reader<T>::Reader(const Tensor& x, std::int64_t begin)
    : from_(x.raw()),
      dtype_(x.dtype()),
      plain_(x.dtype() == dtype_of<T>()),
      walk_(Axes<1>(x.shape(), {x.strides()}), begin) {}

template <class T>
const T* Reader<T>::stage(int count) {
  bool whole = walk_.step() == 0 && walk_.run() >= count;
  if (whole && repeated_ == walk_.at()) {
    walk_.skip(count);
    return staged_;
  }
  repeated_ = whole ? walk_.at() : -1;
  visit_stored<T>(dtype_, [&]<class S>() {
    const S* from = static_cast<const S*>(from_);
    for (int done = 0; done < count;) {
      auto run = static_cast<int>(std::min<std::int64_t>(count - done, walk_.run()));
      stage_run(staged_ + done, from + walk_.at(), run, walk_.step());
      done += run;
      walk_.skip(run);
    }
  });
  std::fill(staged_ + count, staged_ + lanes, whole ? staged_[0] : T(1));
  return staged_;
}

Tensor readable_in_order(Tensor x) {
  if (x.is_dense() || !x.device().is_cpu()) return x;
  // What a strided read costs shows from some lines of cache on.
  constexpr std::int64_t few = 16;
  Axes<1> axes(x.shape(), {x.strides()});
  const auto inner = axes.inner();
  if (inner.step[0] <= 1 || inner.extent < few) return x;
  for (int i = 0; i + 1 < axes.rank; ++i)
    if (axes.axis[i].step[0] == 1 && axes.axis[i].extent > 1) return x.clone();
  return x;
}

template void load_lanes(float*, int, const void*, Dtype, std::int64_t);
template void load_lanes(double*, int, const void*, Dtype, std::int64_t);
template void store_lanes(const float*, int, void*, Dtype, std::int64_t);
template void store_lanes(const double*, int, void*, Dtype, std::int64_t);
template class Reader<float>;
template class Reader<double>;

}  // namespace tutti
