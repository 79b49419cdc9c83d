// A step of an LSTM, and back.
#include "recurrent.h"

namespace tutti::launch {
namespace {

template <class T>
struct Forward {
  T *gates, *h, *c;
  const T *inputs, *h_before, *c_before;
  std::int64_t width;
  cuda::Live live;

  __device__ void operator()(std::int64_t at) const {
    const std::int64_t row = at / width;
    if (!live(row)) {
      h[at] = h_before[at], c[at] = c_before[at];
      return;
    }
    const std::int64_t first = 4 * row * width + at % width;
    T* gate = gates + first;
    const T* x = inputs + first;
    const T i = cuda::sigmoid(x[0] + gate[0]), f = cuda::sigmoid(x[width] + gate[width]);
    const T g = std::tanh(x[2 * width] + gate[2 * width]);
    const T o = cuda::sigmoid(x[3 * width] + gate[3 * width]);
    gate[0] = i, gate[width] = f, gate[2 * width] = g, gate[3 * width] = o;
    c[at] = f * c_before[at] + i * g;
    h[at] = o * std::tanh(c[at]);
  }
};

template <class T>
struct Backward {
  T *dgates, *dh, *dc;
  cuda::Reaching<T> reaching_h, reaching_c;
  const T *gates, *c, *c_before;
  std::int64_t width;
  cuda::Live live;

  __device__ void operator()(std::int64_t at) const {
    const std::int64_t row = at / width, first = 4 * row * width + at % width;
    const T on_h = reaching_h(dh[at], at), on_c = reaching_c(dc[at], at);
    T* d = dgates + first;
    if (!live(row)) {
      for (int k = 0; k < 4; ++k) d[k * width] = 0;
      dh[at] = on_h, dc[at] = on_c;
      return;
    }
    const T* gate = gates + first;
    const T i = gate[0], f = gate[width], g = gate[2 * width], o = gate[3 * width];
    const T squashed = std::tanh(c[at]), cell = on_c + on_h * o * (1 - squashed * squashed);
    d[0] = cell * g * i * (1 - i);
    d[width] = cell * c_before[at] * f * (1 - f);
    d[2 * width] = cell * i * (1 - g * g);
    d[3 * width] = on_h * squashed * o * (1 - o);
    dc[at] = cell * f;
    dh[at] = 0;
  }
};

}  // namespace

void lstm_cell(CudaStream stream, const Tensor& gates, const Tensor& h, const Tensor& c,
               const Tensor& inputs, const Tensor& h_before, const Tensor& c_before,
               const RecurrentStep& step) {
  visit_float(h.dtype(), "lstm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each("lstm", stream, h.count(),
                   Forward<T>{P::written(gates), P::written(h), P::written(c), P::read(inputs),
                              P::read(h_before), P::read(c_before), h.size(1), cuda::Live(step)});
  });
}

void lstm_cell_gradients(CudaStream stream, const Tensor& dgates, const Tensor& dh,
                         const Tensor& dc, const Tensor& product, const Tensor& gh,
                         const Tensor& gc, const Tensor& gates, const Tensor& c,
                         const Tensor& c_before, const RecurrentStep& step) {
  visit_float(dh.dtype(), "lstm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each("lstm", stream, dh.count(),
                   Backward<T>{P::written(dgates),
                               P::written(dh),
                               P::written(dc),
                               {P::read(product), P::read(gh)},
                               {nullptr, P::read(gc)},
                               P::read(gates),
                               P::read(c),
                               P::read(c_before),
                               dh.size(1),
                               cuda::Live(step)});
  });
}

}  // namespace tutti::launch
