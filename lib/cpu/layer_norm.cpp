// Layer and root-mean-square normalisation of rows and their gradients.
#include <cmath>

#include "launch.h"
#include "row_sums.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

Tensor filled_if_empty(const Tensor& x, double value, const Tensor& like) {
  return x ? x.contiguous() : Tensor::full({like.size(1)}, value, like.dtype(), like.device());
}

template <class T>
T* written(const Tensor& x) {
  return x ? x.mutable_data<T>() : nullptr;
}

template <class T>
void norm_row(T* y, T& mean, T& rstd, const T* x, const T* weight, const T* bias, std::int64_t n,
              double epsilon, bool centred) {
  const T m = centred
                  ? cpu::sum_over<T>(n, [=](std::int64_t j) { return x[j]; }) / static_cast<T>(n)
                  : T(0);
  // Deviations are squared, since a difference of squares would cancel.
  const T squares = cpu::sum_over<T>(n, [=](std::int64_t j) { return (x[j] - m) * (x[j] - m); });
  const T r = 1 / std::sqrt(squares / static_cast<T>(n) + static_cast<T>(epsilon));
#pragma omp simd
  for (std::int64_t j = 0; j < n; ++j) y[j] = (x[j] - m) * r * weight[j] + bias[j];
  mean = m, rstd = r;
}

template <class T>
void input_gradient_row(T* dx, const T* g, const T* x, const T* weight, T mean, T rstd,
                        std::int64_t n, bool centred) {
  const T along_mean = centred
                           ? cpu::sum_over<T>(n, [=](std::int64_t j) { return g[j] * weight[j]; }) /
                                 static_cast<T>(n)
                           : T(0);
  const T along_normal =
      cpu::sum_over<T>(n,
                       [=](std::int64_t j) { return g[j] * weight[j] * ((x[j] - mean) * rstd); }) /
      static_cast<T>(n);
#pragma omp simd
  for (std::int64_t j = 0; j < n; ++j)
    dx[j] = (g[j] * weight[j] - along_mean - (x[j] - mean) * rstd * along_normal) * rstd;
}

// The rows' gradients by weight and bias, added up in chunks of rows that their number and length
// decide alone; the chunks' sums [chunks, 2, n] are joined in a tree.
class ParameterSums {
 public:
  ParameterSums(const Tensor& x)
      : rows_(x.size(0)),
        columns_(x.size(1)),
        rows_each_(std::max<std::int64_t>(16, cpu::grain / columns_)),
        chunks_(std::max<std::int64_t>(1, (rows_ + rows_each_ - 1) / rows_each_)),
        sums_({chunks_, 2, columns_}, x.dtype(), x.device()) {}

  std::int64_t chunks() const { return chunks_; }
  std::int64_t begin(std::int64_t chunk) const { return chunk * rows_each_; }
  std::int64_t end(std::int64_t chunk) const { return std::min(rows_, begin(chunk) + rows_each_); }
  template <class T>
  T* of(std::int64_t chunk) const {
    return sums_.mutable_data<T>() + chunk * 2 * columns_;
  }

  template <class T>
  void join(T* dweight, T* dbias) const {
    cpu::for_chunks(2 * columns_, chunks_, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t apart = 1; apart < chunks_; apart *= 2)
        for (std::int64_t chunk = 0; chunk + apart < chunks_; chunk += 2 * apart) {
          T *to = of<T>(chunk), *from = of<T>(chunk + apart);
          for (std::int64_t j = begin; j < end; ++j) to[j] += from[j];
        }
    });
    const T* total = of<T>(0);
    if (dweight) std::copy_n(total, columns_, dweight);
    if (dbias) std::copy_n(total + columns_, columns_, dbias);
  }

 private:
  std::int64_t rows_, columns_, rows_each_, chunks_;
  Tensor sums_;
};

template <class T>
void add_parameter_gradients(T* dweight, T* dbias, const T* g, const T* x, T mean, T rstd,
                             std::int64_t n) {
#pragma omp simd
  for (std::int64_t j = 0; j < n; ++j) {
    dweight[j] += g[j] * ((x[j] - mean) * rstd);
    dbias[j] += g[j];
  }
}

}  // namespace

void layer_norm(CpuStream, const Tensor& y, const Tensor& mean, const Tensor& rstd, const Tensor& x,
                const Tensor& weight, const Tensor& bias, double epsilon, bool centred) {
  const std::int64_t rows = x.size(0), n = x.size(1);
  Tensor dense = x.contiguous(), scale = filled_if_empty(weight, 1, x);
  Tensor shift = filled_if_empty(bias, 0, x);
  visit_float(x.dtype(), "layer_norm", [&]<class T>() {
    T *to = y.mutable_data<T>(), *means = written<T>(mean), *rstds = written<T>(rstd);
    cpu::for_chunks(rows, n, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i) {
        T m, r;
        norm_row(to + i * n, m, r, dense.data<T>() + i * n, scale.data<T>(), shift.data<T>(), n,
                 epsilon, centred);
        if (means) means[i] = m;
        if (rstds) rstds[i] = r;
      }
    });
  });
}

void layer_norm_gradients(CpuStream, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                          const Tensor& g, const Tensor& x, const Tensor& weight,
                          const Tensor& mean, const Tensor& rstd) {
  const std::int64_t n = x.size(1);
  Tensor dense = x.contiguous(), gradient = g.contiguous(), scale = filled_if_empty(weight, 1, x);
  ParameterSums sums(x);
  visit_float(x.dtype(), "layer_norm", [&]<class T>() {
    T *to = written<T>(dx), *to_weight = written<T>(dweight), *to_bias = written<T>(dbias);
    const T *means = mean ? mean.data<T>() : nullptr, *rstds = rstd.data<T>();
    parallel_for(sums.chunks(), [&](std::int64_t chunk, int) {
      T* sum = sums.of<T>(chunk);
      std::fill_n(sum, 2 * n, T(0));
      for (std::int64_t i = sums.begin(chunk); i < sums.end(chunk); ++i) {
        const T *from = dense.data<T>() + i * n, *row = gradient.data<T>() + i * n;
        const T m = means ? means[i] : T(0);
        if (to)
          input_gradient_row(to + i * n, row, from, scale.data<T>(), m, rstds[i], n,
                             means != nullptr);
        if (to_weight || to_bias) add_parameter_gradients(sum, sum + n, row, from, m, rstds[i], n);
      }
    });
    if (to_weight || to_bias) sums.join(to_weight, to_bias);
  });
}

}  // namespace tutti::launch
