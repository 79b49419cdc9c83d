// A step of a plain recurrence, and back.
#include "recurrent.h"

namespace tutti::launch {

void rnn_cell(CpuStream, bool relu, const Tensor& h, const Tensor& inputs, const Tensor& h_before,
              const RecurrentStep& step) {
  const std::int64_t width = h.size(1);
  const cpu::Live live(step);
  visit_float(h.dtype(), "rnn", [&]<class T>() {
    T* states = h.mutable_data<T>();
    cpu::for_chunks(h.size(0), 8 * width, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        T* to = states + row * width;
        const T* x = inputs.data<T>() + row * width;
        if (!live[row]) {
          std::copy_n(h_before.data<T>() + row * width, width, to);
        } else if (relu) {
#pragma omp simd
          for (std::int64_t j = 0; j < width; ++j) to[j] = x[j] + to[j] <= 0 ? 0 : x[j] + to[j];
        } else {
#pragma omp simd
          for (std::int64_t j = 0; j < width; ++j) to[j] = tanh(Real<T>(x[j] + to[j])).v;
        }
      }
    });
  });
}

void rnn_cell_gradients(CpuStream, bool relu, const Tensor& dinputs, const Tensor& dh,
                        const Tensor& product, const Tensor& gh, const Tensor& h,
                        const RecurrentStep& step) {
  const std::int64_t width = h.size(1);
  const cpu::Live live(step);
  visit_float(h.dtype(), "rnn", [&]<class T>() {
    T *sums = dinputs.mutable_data<T>(), *reaching = dh.mutable_data<T>();
    const cpu::OptionalRows<T> products(product, width), own(gh, width);
    cpu::for_chunks(h.size(0), 4 * width, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        T *to = sums + row * width, *d = reaching + row * width;
        const T* y = h.data<T>() + row * width;
        cpu::gather_row(d, products[row], own[row], width);
        if (!live[row]) {
          std::fill_n(to, width, T(0));
          continue;
        }
#pragma omp simd
        for (std::int64_t j = 0; j < width; ++j) {
          const T slope = relu ? static_cast<T>(y[j] > 0) : 1 - y[j] * y[j];
          to[j] = d[j] * slope;
          d[j] = 0;
        }
      }
    });
  });
}

}  // namespace tutti::launch
