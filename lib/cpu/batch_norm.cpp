// Batch normalisation of channels and its gradients.
#include <cmath>

#include "launch.h"
#include "row_sums.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// One channel of a dense tensor [n, channels, places]: n rows of `places` numbers each.
template <class T>
struct Channel {
  T* first;
  std::int64_t rows, places, apart;
  Channel(T* data, const Shape& shape, std::int64_t channel)
      : first(data + channel * shape[2]),
        rows(shape[0]),
        places(shape[2]),
        apart(shape[1] * shape[2]) {}
  T* row(std::int64_t i) const { return first + i * apart; }
};

// The sum of f(row, place) over a channel: rows in T, their sums in f64, so that many short rows
// lose nothing.
template <class T, class F>
double channel_sum(std::int64_t rows, std::int64_t places, F f) {
  double sum = 0;
  for (std::int64_t i = 0; i < rows; ++i)
    sum += cpu::sum_over<T>(places, [&](std::int64_t j) { return f(i, j); });
  return sum;
}

template <class T>
const T* read(const Tensor& x) {
  return x ? x.data<T>() : nullptr;
}
template <class T>
T* written(const Tensor& x) {
  return x ? x.mutable_data<T>() : nullptr;
}

}  // namespace

void batch_norm(CpuStream, const Tensor& y, const Tensor& mean, const Tensor& variance,
                const Tensor& rstd, const Tensor& x, const Tensor& weight, const Tensor& bias,
                double epsilon) {
  const Shape shape = x.shape();
  const Tensor dense = x.contiguous(), scales = weight ? weight.contiguous() : weight,
               shifts = bias ? bias.contiguous() : bias;
  const auto count = static_cast<double>(shape[0] * shape[2]);
  visit_float(x.dtype(), "batch_norm", [&]<class T>() {
    T *to = y.mutable_data<T>(), *means = mean.mutable_data<T>(),
      *variances = variance.mutable_data<T>(), *rstds = rstd.mutable_data<T>();
    const T *from = dense.data<T>(), *scale = read<T>(scales), *shift = read<T>(shifts);
    cpu::for_chunks(shape[1], shape[0] * shape[2], [&](std::int64_t c, std::int64_t end, int) {
      for (; c < end; ++c) {
        const Channel<const T> in(from, shape, c);
        const Channel<T> out(to, shape, c);
        const T m = static_cast<T>(
            channel_sum<T>(in.rows, in.places, [&](auto i, auto j) { return in.row(i)[j]; }) /
            count);
        const double squares = channel_sum<T>(in.rows, in.places, [&](auto i, auto j) {
          return (in.row(i)[j] - m) * (in.row(i)[j] - m);
        });
        const T r = static_cast<T>(1 / std::sqrt(squares / count + epsilon));
        const T a = scale ? r * scale[c] : r, b = shift ? shift[c] : T(0);
        for (std::int64_t i = 0; i < in.rows; ++i) {
          const T* source = in.row(i);
          T* target = out.row(i);
#pragma omp simd
          for (std::int64_t j = 0; j < in.places; ++j) target[j] = (source[j] - m) * a + b;
        }
        means[c] = m, rstds[c] = r, variances[c] = static_cast<T>(squares / (count - 1));
      }
    });
  });
}

void batch_norm_gradients(CpuStream, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                          const Tensor& g, const Tensor& x, const Tensor& weight,
                          const Tensor& mean, const Tensor& rstd) {
  const Shape shape = x.shape();
  const Tensor dense = x.contiguous(), gradient = g.contiguous(),
               scales = weight ? weight.contiguous() : weight;
  const auto count = static_cast<double>(shape[0] * shape[2]);
  visit_float(x.dtype(), "batch_norm", [&]<class T>() {
    T *to = written<T>(dx), *to_weight = written<T>(dweight), *to_bias = written<T>(dbias);
    const T *from = dense.data<T>(), *above = gradient.data<T>(), *scale = read<T>(scales);
    const T *means = mean.data<T>(), *rstds = rstd.data<T>();
    cpu::for_chunks(shape[1], 2 * shape[0] * shape[2], [&](std::int64_t c, std::int64_t end, int) {
      for (; c < end; ++c) {
        const Channel<const T> in(from, shape, c), up(above, shape, c);
        const T m = means[c], r = rstds[c];
        const double along =
            channel_sum<T>(in.rows, in.places, [&](auto i, auto j) { return up.row(i)[j]; });
        const double along_normal = channel_sum<T>(in.rows, in.places, [&](auto i, auto j) {
          return up.row(i)[j] * ((in.row(i)[j] - m) * r);
        });
        if (to_weight) to_weight[c] = static_cast<T>(along_normal);
        if (to_bias) to_bias[c] = static_cast<T>(along);
        if (!to) continue;
        const Channel<T> out(to, shape, c);
        const T a = scale ? r * scale[c] : r, by_mean = static_cast<T>(along / count),
                by_normal = static_cast<T>(along_normal / count) * r;
        for (std::int64_t i = 0; i < in.rows; ++i) {
          const T *source = in.row(i), *row = up.row(i);
          T* target = out.row(i);
#pragma omp simd
          for (std::int64_t j = 0; j < in.places; ++j)
            target[j] = (row[j] - by_mean - (source[j] - m) * by_normal) * a;
        }
      }
    });
  });
}

}  // namespace tutti::launch
