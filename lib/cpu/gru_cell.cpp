// A step of gated recurrent units, and back.
#include "recurrent.h"

namespace tutti::launch {
namespace {

template <class T>
void forward_row(T* gates, T* h, const T* inputs, const T* products, const T* before,
                 std::int64_t width) {
#pragma omp simd
  for (std::int64_t j = 0; j < width; ++j) {
    const T r = sigmoid(Real<T>(inputs[j] + products[j])).v;
    const T z = sigmoid(Real<T>(inputs[width + j] + products[width + j])).v;
    const T n = tanh(Real<T>(inputs[2 * width + j] + r * products[2 * width + j])).v;
    gates[j] = r, gates[width + j] = z, gates[2 * width + j] = n;
    h[j] = (1 - z) * n + z * before[j];
  }
}

template <class T>
void backward_row(T* dinputs, T* dproducts, T* dh, const T* gates, const T* products,
                  const T* before, std::int64_t width) {
#pragma omp simd
  for (std::int64_t j = 0; j < width; ++j) {
    const T r = gates[j], z = gates[width + j], n = gates[2 * width + j];
    const T dn = dh[j] * (1 - z) * (1 - n * n);
    const T dr = dn * products[2 * width + j] * r * (1 - r);
    const T dz = dh[j] * (before[j] - n) * z * (1 - z);
    dinputs[j] = dproducts[j] = dr;
    dinputs[width + j] = dproducts[width + j] = dz;
    dinputs[2 * width + j] = dn;
    dproducts[2 * width + j] = dn * r;
    dh[j] *= z;
  }
}

}  // namespace

void gru_cell(CpuStream, const Tensor& gates, const Tensor& h, const Tensor& inputs,
              const Tensor& products, const Tensor& h_before, const RecurrentStep& step) {
  const std::int64_t width = h.size(1);
  const cpu::Live live(step);
  visit_float(h.dtype(), "gru", [&]<class T>() {
    T *values = gates.mutable_data<T>(), *hs = h.mutable_data<T>();
    cpu::for_chunks(h.size(0), 24 * width, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        const T* before = h_before.data<T>() + row * width;
        if (live[row])
          forward_row(values + 3 * row * width, hs + row * width,
                      inputs.data<T>() + 3 * row * width, products.data<T>() + 3 * row * width,
                      before, width);
        else
          std::copy_n(before, width, hs + row * width);
      }
    });
  });
}

void gru_cell_gradients(CpuStream, const Tensor& dinputs, const Tensor& dproducts, const Tensor& dh,
                        const Tensor& product, const Tensor& gh, const Tensor& gates,
                        const Tensor& products, const Tensor& h_before, const RecurrentStep& step) {
  const std::int64_t width = dh.size(1);
  const cpu::Live live(step);
  visit_float(dh.dtype(), "gru", [&]<class T>() {
    T *to_inputs = dinputs.mutable_data<T>(), *to_products = dproducts.mutable_data<T>();
    T* dhs = dh.mutable_data<T>();
    const cpu::OptionalRows<T> later(product, width), own(gh, width);
    cpu::for_chunks(dh.size(0), 12 * width, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        T *dx = to_inputs + 3 * row * width, *dp = to_products + 3 * row * width;
        T* d = dhs + row * width;
        cpu::gather_row(d, later[row], own[row], width);
        if (live[row]) {
          backward_row(dx, dp, d, gates.data<T>() + 3 * row * width,
                       products.data<T>() + 3 * row * width, h_before.data<T>() + row * width,
                       width);
        } else {
          std::fill_n(dx, 3 * width, T(0));
          std::fill_n(dp, 3 * width, T(0));
        }
      }
    });
  });
}

}  // namespace tutti::launch
