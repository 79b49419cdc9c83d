// A step of a plain recurrence, and back.
#include "recurrent.h"

namespace tutti::launch {
namespace {

template <class T>
struct Forward {
  T* h;
  const T *inputs, *before;
  std::int64_t width;
  bool relu;
  cuda::Live live;

  __device__ void operator()(std::int64_t i) const {
    const T sum = inputs[i] + h[i];
    const T y = relu ? (sum <= 0 ? T(0) : sum) : std::tanh(sum);
    h[i] = live(i / width) ? y : before[i];
  }
};

template <class T>
struct Backward {
  T *dinputs, *dh;
  cuda::Reaching<T> reaching;
  const T* h;
  std::int64_t width;
  bool relu;
  cuda::Live live;

  __device__ void operator()(std::int64_t i) const {
    const T d = reaching(dh[i], i);
    const bool here = live(i / width);
    const T slope = relu ? static_cast<T>(h[i] > 0) : 1 - h[i] * h[i];
    dinputs[i] = here ? d * slope : T(0);
    dh[i] = here ? T(0) : d;
  }
};

}  // namespace

void rnn_cell(CudaStream stream, bool relu, const Tensor& h, const Tensor& inputs,
              const Tensor& h_before, const RecurrentStep& step) {
  visit_float(h.dtype(), "rnn", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each("rnn", stream, h.count(),
                   Forward<T>{P::written(h), P::read(inputs), P::read(h_before), h.size(1), relu,
                              cuda::Live(step)});
  });
}

void rnn_cell_gradients(CudaStream stream, bool relu, const Tensor& dinputs, const Tensor& dh,
                        const Tensor& product, const Tensor& gh, const Tensor& h,
                        const RecurrentStep& step) {
  visit_float(h.dtype(), "rnn", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each("rnn", stream, h.count(),
                   Backward<T>{P::written(dinputs),
                               P::written(dh),
                               {P::read(product), P::read(gh)},
                               P::read(h),
                               h.size(1),
                               relu,
                               cuda::Live(step)});
  });
}

}  // namespace tutti::launch
