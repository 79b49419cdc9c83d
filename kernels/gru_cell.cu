// A step of gated recurrent units, and back.
#include "recurrent.h"

namespace tutti::launch {
namespace {

template <class T>
struct Forward {
  T *gates, *h;
  const T *inputs, *products, *before;
  std::int64_t width;
  cuda::Live live;

  __device__ void operator()(std::int64_t at) const {
    const std::int64_t row = at / width;
    if (!live(row)) {
      h[at] = before[at];
      return;
    }
    const std::int64_t first = 3 * row * width + at % width;
    const T *x = inputs + first, *p = products + first;
    T* gate = gates + first;
    const T r = cuda::sigmoid(x[0] + p[0]), z = cuda::sigmoid(x[width] + p[width]);
    const T n = std::tanh(x[2 * width] + r * p[2 * width]);
    gate[0] = r, gate[width] = z, gate[2 * width] = n;
    h[at] = (1 - z) * n + z * before[at];
  }
};

template <class T>
struct Backward {
  T *dinputs, *dproducts, *dh;
  cuda::Reaching<T> reaching;
  const T *gates, *products, *before;
  std::int64_t width;
  cuda::Live live;

  __device__ void operator()(std::int64_t at) const {
    const std::int64_t row = at / width, first = 3 * row * width + at % width;
    const T d = reaching(dh[at], at);
    T *dx = dinputs + first, *dp = dproducts + first;
    if (!live(row)) {
      for (int k = 0; k < 3; ++k) dx[k * width] = dp[k * width] = 0;
      dh[at] = d;
      return;
    }
    const T *gate = gates + first, *p = products + first;
    const T r = gate[0], z = gate[width], n = gate[2 * width];
    const T dn = d * (1 - z) * (1 - n * n);
    dx[0] = dp[0] = dn * p[2 * width] * r * (1 - r);
    dx[width] = dp[width] = d * (before[at] - n) * z * (1 - z);
    dx[2 * width] = dn;
    dp[2 * width] = dn * r;
    dh[at] = d * z;
  }
};

}  // namespace

void gru_cell(CudaStream stream, const Tensor& gates, const Tensor& h, const Tensor& inputs,
              const Tensor& products, const Tensor& h_before, const RecurrentStep& step) {
  visit_float(h.dtype(), "gru", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each("gru", stream, h.count(),
                   Forward<T>{P::written(gates), P::written(h), P::read(inputs), P::read(products),
                              P::read(h_before), h.size(1), cuda::Live(step)});
  });
}

void gru_cell_gradients(CudaStream stream, const Tensor& dinputs, const Tensor& dproducts,
                        const Tensor& dh, const Tensor& product, const Tensor& gh,
                        const Tensor& gates, const Tensor& products, const Tensor& h_before,
                        const RecurrentStep& step) {
  visit_float(dh.dtype(), "gru", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each("gru", stream, dh.count(),
                   Backward<T>{P::written(dinputs),
                               P::written(dproducts),
                               P::written(dh),
                               {P::read(product), P::read(gh)},
                               P::read(gates),
                               P::read(products),
                               P::read(h_before),
                               dh.size(1),
                               cuda::Live(step)});
  });
}

}  // namespace tutti::launch
