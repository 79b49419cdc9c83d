// The mean cross-entropy of rows and its gradient, a warp for each row. A label outside [0,
// classes) makes its row NaN: a kernel cannot raise, and looking on the host would wait for the
// device.
#include "launch.h"
#include "row_statistics.h"

namespace tutti::launch {
namespace {

// How rows count. `all` is the sum of the classes' weights, or null where each is 1.
template <class T>
struct Targets {
  const std::int64_t* label;
  const T *weight, *all;
  std::int64_t ignored, classes;
  T own, shared;

  __device__ bool valid(std::int64_t row) const { return label[row] >= 0 && label[row] < classes; }
  __device__ T weight_of(std::int64_t c) const { return weight ? weight[c] : T(1); }
  __device__ T sum_of_weights() const { return all ? *all : static_cast<T>(classes); }
};

/// The tensors that Targets points into.
template <class T>
struct TargetTensors {
  Tensor labels, weights, all;
  Targets<T> targets;

  TargetTensors(CudaStream stream, const Classes& classes, const Tensor& x)
      : labels(classes.labels.contiguous()) {
    const std::int64_t count = x.size(1);
    if (classes.weights) {
      weights = classes.weights.contiguous();
      all = Tensor({1}, x.dtype(), x.device());
      reduce(stream, Reduction::sum, all, weights);
    }
    targets = {labels.data<std::int64_t>(),
               weights ? weights.data<T>() : nullptr,
               all ? all.data<T>() : nullptr,
               classes.ignored,
               count,
               static_cast<T>(1 - classes.smoothing),
               static_cast<T>(classes.smoothing / static_cast<double>(count))};
  }
};

template <class T>
struct RowLosses {
  double *loss, *counted;
  T *largest, *inverse;
  const T* x;
  Targets<T> targets;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T* from = x + row * targets.classes;
    const cuda::RowStatistics<T> statistics(from, targets.classes, warp);
    T below = 0;
    if (targets.shared != 0)
      for (std::int64_t j = warp.lane(); j < targets.classes; j += cuda::warp_threads)
        below += targets.weight_of(j) * (from[j] - statistics.largest);
    below = cuda::combine_lanes(warp, cuda::Sum{}, below);
    if (warp.lane() != 0) return;
    largest[row] = statistics.largest;
    inverse[row] = 1 / statistics.sum;
    loss[row] = counted[row] = 0;
    if (targets.label[row] == targets.ignored) return;
    loss[row] = counted[row] = NAN;
    if (!targets.valid(row)) return;
    const std::int64_t label = targets.label[row];
    const T log_sum = std::log(statistics.sum), weight = targets.weight_of(label);
    T value = targets.own * weight * (log_sum - (from[label] - statistics.largest));
    if (targets.shared != 0) value += targets.shared * (targets.sum_of_weights() * log_sum - below);
    loss[row] = value;
    counted[row] = weight;
  }
};

// loss = sums[0] / sums[1], or sums[0].
template <class T>
struct Mean {
  T* loss;
  double* counted;
  const double* sums;
  bool summed;

  __device__ void operator()(std::int64_t) const {
    const double divisor = summed ? 1 : sums[1];
    *counted = divisor;
    *loss = divisor == 0 ? T(0) : static_cast<T>(sums[0] / divisor);
  }
};

template <class T>
struct RowGradients {
  T* dx;
  const T* g;
  const double* counted;
  const T *largest, *inverse, *x;
  Targets<T> targets;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T* from = x + row * targets.classes;
    T* to = dx + row * targets.classes;
    const bool counts = targets.label[row] != targets.ignored && *counted != 0;
    const T scale = counts ? static_cast<T>(*g / *counted) : T(0);
    T own = 0;
    if (counts)
      own = targets.valid(row) ? scale * targets.own * targets.weight_of(targets.label[row])
                               : static_cast<T>(NAN);
    const T shared = scale * targets.shared;
    const T factor = (own + shared * targets.sum_of_weights()) * inverse[row];
    for (std::int64_t j = warp.lane(); j < targets.classes; j += cuda::warp_threads) {
      if (!counts) {
        to[j] = 0;
        continue;
      }
      T value = std::exp(from[j] - largest[row]) * factor - shared * targets.weight_of(j);
      to[j] = j == targets.label[row] ? value - own : value;
    }
  }
};

}  // namespace

void cross_entropy(CudaStream stream, const Tensor& loss, const Tensor& counted,
                   const Tensor& statistics, const Tensor& x, const Classes& classes) {
  const std::int64_t rows = x.size(0);
  Tensor dense = x.contiguous();
  Tensor row_values({2, rows}, Dtype::f64, x.device()), sums({2, 1}, Dtype::f64, x.device());
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    const TargetTensors<T> of(stream, classes, x);
    double* row_loss = row_values.mutable_data<double>();
    T* largest = statistics.mutable_data<T>();
    cuda::for_each_warp("cross_entropy", stream, rows,
                        RowLosses<T>{row_loss, row_loss + rows, largest, largest + rows,
                                     dense.data<T>(), of.targets});
    reduce(stream, Reduction::sum, sums, row_values);
    cuda::for_each("cross_entropy", stream, 1,
                   Mean<T>{loss.mutable_data<T>(), counted.mutable_data<double>(),
                           sums.data<double>(), classes.summed});
  });
}

void cross_entropy_gradient(CudaStream stream, const Tensor& dx, const Tensor& g,
                            const Tensor& counted, const Tensor& statistics, const Tensor& x,
                            const Classes& classes) {
  const std::int64_t rows = x.size(0);
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    const TargetTensors<T> of(stream, classes, x);
    const T* largest = statistics.data<T>();
    cuda::for_each_warp("cross_entropy", stream, rows,
                        RowGradients<T>{dx.mutable_data<T>(), g.data<T>(), counted.data<double>(),
                                        largest, largest + rows, dense.data<T>(), of.targets});
  });
}

}  // namespace tutti::launch
