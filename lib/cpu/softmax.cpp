// Softmax of every row, its logarithm, and their gradients.
#include "softmax.h"

#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// Calls f(to row, from row..., columns) for every row.
template <class F, class... From>
void each_row(const char* who, const Tensor& to, F f, const From&... from) {
  const std::int64_t columns = to.size(1);
  visit_float(to.dtype(), who, [&]<class T>() {
    auto rows = [&](const auto&... dense) {
      T* result = to.mutable_data<T>();
      cpu::for_chunks(to.size(0), columns, [&](std::int64_t i, std::int64_t end, int) {
        for (; i < end; ++i)
          f(result + i * columns, (dense.template data<T>() + i * columns)..., columns);
      });
    };
    rows(from.contiguous()...);
  });
}

}  // namespace

void softmax(CpuStream, const Tensor& y, const Tensor& x) {
  each_row(
      "softmax", y,
      []<class T>(T* to, const T* from, std::int64_t n) { cpu::softmax_row(to, from, n); }, x);
}

void log_softmax(CpuStream, const Tensor& y, const Tensor& x) {
  auto row = []<class T>(T* to, const T* from, std::int64_t n) {
    const T largest = cpu::reduce_row(cpu::Max{}, from, n);
    cpu::exp_row(to, from, n, largest);
    const T log_sum = log(Real<T>(cpu::reduce_row(cpu::Sum{}, to, n))).v;
    // Differences to the largest: its own magnitude cancels before anything is rounded.
    for (std::int64_t j = 0; j < n; ++j) to[j] = (from[j] - largest) - log_sum;
  };
  each_row("log_softmax", y, row, x);
}

void softmax_gradient(CpuStream, const Tensor& dx, const Tensor& g, const Tensor& y) {
  auto row = []<class T>(T* to, const T* gradient, const T* p, std::int64_t n) {
    const T mean = cpu::sum_over<T>(n, [=](std::int64_t j) { return gradient[j] * p[j]; });
    for (std::int64_t j = 0; j < n; ++j) to[j] = p[j] * (gradient[j] - mean);
  };
  each_row("softmax", dx, row, g, y);
}

void log_softmax_gradient(CpuStream, const Tensor& dx, const Tensor& g, const Tensor& y) {
  auto row = []<class T>(T* to, const T* gradient, const T* log_p, std::int64_t n) {
    const T total = cpu::reduce_row(cpu::Sum{}, gradient, n);
#pragma omp simd
    for (std::int64_t j = 0; j < n; ++j) to[j] = gradient[j] - exp(Real<T>(log_p[j])).v * total;
  };
  each_row("log_softmax", dx, row, g, y);
}

}  // namespace tutti::launch
