// A step of an LSTM, and back.
#include "recurrent.h"

namespace tutti::launch {
namespace {

template <class T>
void forward_row(T* gates, T* h, T* c, const T* inputs, const T* c_before, std::int64_t width) {
  T *is = gates, *fs = gates + width, *gs = gates + 2 * width, *os = gates + 3 * width;
#pragma omp simd
  for (std::int64_t j = 0; j < width; ++j) {
    const T i = sigmoid(Real<T>(inputs[j] + is[j])).v;
    const T f = sigmoid(Real<T>(inputs[width + j] + fs[j])).v;
    const T g = tanh(Real<T>(inputs[2 * width + j] + gs[j])).v;
    const T o = sigmoid(Real<T>(inputs[3 * width + j] + os[j])).v;
    const T cell = f * c_before[j] + i * g;
    is[j] = i, fs[j] = f, gs[j] = g, os[j] = o;
    c[j] = cell;
    h[j] = o * tanh(Real<T>(cell)).v;
  }
}

template <class T>
void backward_row(T* d, T* dh, T* dc, const T* gates, const T* c, const T* c_before,
                  std::int64_t width) {
#pragma omp simd
  for (std::int64_t j = 0; j < width; ++j) {
    const T i = gates[j], f = gates[width + j], g = gates[2 * width + j];
    const T o = gates[3 * width + j], squashed = tanh(Real<T>(c[j])).v;
    const T cell = dc[j] + dh[j] * o * (1 - squashed * squashed);
    d[j] = cell * g * i * (1 - i);
    d[width + j] = cell * c_before[j] * f * (1 - f);
    d[2 * width + j] = cell * i * (1 - g * g);
    d[3 * width + j] = dh[j] * squashed * o * (1 - o);
    dc[j] = cell * f;
    dh[j] = 0;
  }
}

}  // namespace

void lstm_cell(CpuStream, const Tensor& gates, const Tensor& h, const Tensor& c,
               const Tensor& inputs, const Tensor& h_before, const Tensor& c_before,
               const RecurrentStep& step) {
  const std::int64_t width = h.size(1);
  const cpu::Live live(step);
  visit_float(h.dtype(), "lstm", [&]<class T>() {
    T *values = gates.mutable_data<T>(), *hs = h.mutable_data<T>(), *cs = c.mutable_data<T>();
    cpu::for_chunks(h.size(0), 32 * width, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        const T* cell = c_before.data<T>() + row * width;
        if (live[row]) {
          forward_row(values + 4 * row * width, hs + row * width, cs + row * width,
                      inputs.data<T>() + 4 * row * width, cell, width);
        } else {
          std::copy_n(h_before.data<T>() + row * width, width, hs + row * width);
          std::copy_n(cell, width, cs + row * width);
        }
      }
    });
  });
}

void lstm_cell_gradients(CpuStream, const Tensor& dgates, const Tensor& dh, const Tensor& dc,
                         const Tensor& product, const Tensor& gh, const Tensor& gc,
                         const Tensor& gates, const Tensor& c, const Tensor& c_before,
                         const RecurrentStep& step) {
  const std::int64_t width = dh.size(1);
  const cpu::Live live(step);
  visit_float(dh.dtype(), "lstm", [&]<class T>() {
    T *sums = dgates.mutable_data<T>(), *dhs = dh.mutable_data<T>(), *dcs = dc.mutable_data<T>();
    const cpu::OptionalRows<T> products(product, width), own_h(gh, width), own_c(gc, width);
    cpu::for_chunks(dh.size(0), 16 * width, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        T *d = sums + 4 * row * width, *to_h = dhs + row * width, *to_c = dcs + row * width;
        cpu::gather_row(to_h, products[row], own_h[row], width);
        const T* own = own_c[row];
#pragma omp simd
        for (std::int64_t j = 0; j < width; ++j) to_c[j] += own[j];
        if (live[row])
          backward_row(d, to_h, to_c, gates.data<T>() + 4 * row * width, c.data<T>() + row * width,
                       c_before.data<T>() + row * width, width);
        else
          std::fill_n(d, 4 * width, T(0));
      }
    });
  });
}

}  // namespace tutti::launch
