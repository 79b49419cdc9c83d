// Layer and root-mean-square normalisation and their gradients: a warp for each row; for the
// parameters a thread for each column of a chunk of rows, whose sums are then reduced.
#include <cmath>

#include "launch.h"
#include "pointer.h"
#include "warp.h"

namespace tutti::launch {
namespace {

constexpr std::int64_t chunk_rows = 64;

template <class T>
struct LayerNorm {
  T *y, *mean, *rstd;
  const T *x, *weight, *bias;
  std::int64_t columns;
  T epsilon;
  bool centred;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T* from = x + row * columns;
    const T n = static_cast<T>(columns);
    T sum = 0;
    if (centred)
      for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads) sum += from[j];
    const T m = cuda::combine_lanes(warp, cuda::Sum{}, sum) / n;
    T squares = 0;
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads)
      squares += (from[j] - m) * (from[j] - m);
    const T r = 1 / std::sqrt(cuda::combine_lanes(warp, cuda::Sum{}, squares) / n + epsilon);
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads) {
      T value = (from[j] - m) * r;
      if (weight) value *= weight[j];
      if (bias) value += bias[j];
      y[row * columns + j] = value;
    }
    if (mean && warp.lane() == 0) mean[row] = m;
    if (rstd && warp.lane() == 0) rstd[row] = r;
  }
};

template <class T>
struct InputGradient {
  T* dx;
  const T *g, *x, *weight, *mean, *rstd;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T m = mean ? mean[row] : T(0), r = rstd[row], n = static_cast<T>(columns);
    T along_mean = 0, along_normal = 0;
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads) {
      along_mean += scaled(row, j);
      along_normal += scaled(row, j) * ((x[row * columns + j] - m) * r);
    }
    along_mean = mean ? cuda::combine_lanes(warp, cuda::Sum{}, along_mean) / n : T(0);
    along_normal = cuda::combine_lanes(warp, cuda::Sum{}, along_normal) / n;
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads) {
      T normal = (x[row * columns + j] - m) * r;
      dx[row * columns + j] = (scaled(row, j) - along_mean - normal * along_normal) * r;
    }
  }

 private:
  __device__ T scaled(std::int64_t row, std::int64_t j) const {
    T value = g[row * columns + j];
    return weight ? value * weight[j] : value;
  }
};

// The sums of chunk i / columns for column i % columns.
template <class T>
struct ParameterGradients {
  T *dweight, *dbias;
  const T *g, *x, *mean, *rstd;
  std::int64_t rows, columns;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t chunk = i / columns, j = i % columns;
    T by_weight = 0, by_bias = 0;
    for (std::int64_t row = chunk * chunk_rows; row < rows && row < (chunk + 1) * chunk_rows;
         ++row) {
      T value = g[row * columns + j];
      const T m = mean ? mean[row] : T(0);
      by_weight += value * ((x[row * columns + j] - m) * rstd[row]);
      by_bias += value;
    }
    dweight[i] = by_weight;
    dbias[i] = by_bias;
  }
};

}  // namespace

void layer_norm(CudaStream stream, const Tensor& y, const Tensor& mean, const Tensor& rstd,
                const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon,
                bool centred) {
  Tensor dense = x.contiguous(), scale = weight ? weight.contiguous() : weight;
  Tensor shift = bias ? bias.contiguous() : bias;
  visit_float(x.dtype(), "layer_norm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each_warp(
        "layer_norm", stream, x.size(0),
        LayerNorm<T>{P::written(y), P::written(mean), P::written(rstd), P::read(dense),
                     P::read(scale), P::read(shift), x.size(1), static_cast<T>(epsilon), centred});
  });
}

void layer_norm_gradients(CudaStream stream, const Tensor& dx, const Tensor& dweight,
                          const Tensor& dbias, const Tensor& g, const Tensor& x,
                          const Tensor& weight, const Tensor& mean, const Tensor& rstd) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  const std::int64_t chunks = (rows + chunk_rows - 1) / chunk_rows;
  Tensor dense = x.contiguous(), gradient = g.contiguous();
  Tensor scale = weight ? weight.contiguous() : weight;
  visit_float(x.dtype(), "layer_norm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    if (dx)
      cuda::for_each_warp("layer_norm", stream, rows,
                          InputGradient<T>{P::written(dx), P::read(gradient), P::read(dense),
                                           P::read(scale), P::read(mean), P::read(rstd), columns});
    if (!dweight && !dbias) return;
    Tensor sums({2, chunks, columns}, x.dtype(), x.device());
    T* sum = sums.mutable_data<T>();
    cuda::for_each(
        "layer_norm", stream, chunks * columns,
        ParameterGradients<T>{sum, sum + chunks * columns, P::read(gradient), P::read(dense),
                              P::read(mean), P::read(rstd), rows, columns});
    const Tensor* out[] = {&dweight, &dbias};
    for (int i = 0; i < 2; ++i)
      if (*out[i])
        reduce(stream, Reduction::sum, out[i]->reshape({1, columns}),
               sums.slice(0, i, i + 1).reshape({chunks, columns}));
  });
}

}  // namespace tutti::launch
