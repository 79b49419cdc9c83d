// Turns pairs by angles that depend on row and pair: a table of them, then one pass.
#include <cmath>

#include "heads.h"
#include "launch.h"

namespace tutti::launch {
namespace {

// cos and sin of each pair's angle, [rows, pairs, 2].
template <class T>
struct FillTable {
  T* table;
  std::int64_t pairs, offset;
  double step, sign;

  __device__ void operator()(std::int64_t i) const {
    const double angle =
        static_cast<double>(offset + i / pairs) * std::exp(step * static_cast<double>(i % pairs));
    table[2 * i] = static_cast<T>(std::cos(angle));
    table[2 * i + 1] = static_cast<T>(sign * std::sin(angle));
  }
};

template <class T>
struct TurnPairs {
  cuda::Heads<T> to;
  cuda::Heads<const T> from;
  const T* table;
  std::int64_t rows, pairs, apart, step;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t row = i / pairs % rows, head = i / pairs / rows, j = i % pairs;
    const T* angle = table + 2 * (row * pairs + j);
    const T* x = from.row(head, row) + j * step;
    T* y = to.row(head, row) + j * step;
    const T a = x[0], b = x[apart];
    y[0] = a * angle[0] - b * angle[1];
    y[apart] = b * angle[0] + a * angle[1];
  }
};

}  // namespace

void rotary(CudaStream stream, const Tensor& out, const Tensor& x, Turn turn) {
  const std::int64_t rows = x.size(-2), pairs = x.size(-1) / 2;
  visit_float(x.dtype(), "rotary", [&]<class T>() {
    Tensor table({rows, pairs, 2}, x.dtype(), x.device());
    T* angles = table.mutable_data<T>();
    const double step = -std::log(turn.base) / static_cast<double>(pairs);
    cuda::for_each("rotary", stream, rows * pairs,
                   FillTable<T>{angles, pairs, turn.offset, step, turn.inverse ? -1.0 : 1.0});
    cuda::for_each("rotary", stream, x.count() / 2,
                   TurnPairs<T>{cuda::written<T>(out), cuda::read<T>(x), angles, rows, pairs,
                                turn.interleaved ? 1 : pairs, turn.interleaved ? 2 : 1});
  });
}

}  // namespace tutti::launch
