// Running sums along the middle axis: of each piece its sum, then what lies before each piece, then
// the running sums in every piece. Pieces depend on the shape alone.
#include <algorithm>

#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

constexpr std::int64_t piece_length = 256;

struct Layout {
  std::int64_t length, width, pieces;
  bool reverse;

  // A thread has one column of one piece: i = (outer * pieces + piece) * width + column.
  __device__ std::int64_t piece(std::int64_t i) const { return i / width % pieces; }
  __device__ std::int64_t begin(std::int64_t i) const { return piece(i) * piece_length; }
  __device__ std::int64_t end(std::int64_t i) const {
    return std::min(length, begin(i) + piece_length);
  }
  // Where the element number k, from where the sum begins, lies in its tensor.
  __device__ std::int64_t at(std::int64_t i, std::int64_t k) const {
    std::int64_t outer = i / width / pieces;
    return (outer * length + (reverse ? length - 1 - k : k)) * width + i % width;
  }
};

template <class T>
struct SumPieces {
  double* sums;
  const T* x;
  Layout layout;

  __device__ void operator()(std::int64_t i) const {
    double sum = 0;
    for (std::int64_t k = layout.begin(i); k < layout.end(i); ++k)
      sum += static_cast<double>(x[layout.at(i, k)]);
    sums[i] = sum;
  }
};

// Turns the sums of a column's pieces into the sums of all that lies before them.
struct SumBefore {
  double* sums;
  std::int64_t pieces, width;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t first = i / width * pieces * width + i % width;
    double before = 0;
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      double sum = sums[first + piece * width];
      sums[first + piece * width] = before;
      before += sum;
    }
  }
};

template <class T>
struct SumWithin {
  T* out;
  const T* x;
  const double* before;
  Layout layout;

  __device__ void operator()(std::int64_t i) const {
    double sum = before[i];
    for (std::int64_t k = layout.begin(i); k < layout.end(i); ++k) {
      std::int64_t at = layout.at(i, k);
      out[at] = static_cast<T>(sum += static_cast<double>(x[at]));
    }
  }
};

}  // namespace

void cumsum(CudaStream stream, const Tensor& out, const Tensor& x, bool reverse) {
  if (x.count() == 0) return;
  const std::int64_t length = x.size(1), columns = x.size(0) * x.size(2);
  Layout layout{length, x.size(2), (length + piece_length - 1) / piece_length, reverse};
  Tensor sums({columns * layout.pieces}, Dtype::f64, x.device());
  auto* before = sums.mutable_data<double>();
  visit_float(x.dtype(), "cumsum", [&]<class T>() {
    const T* from = x.data<T>();
    cuda::for_each("cumsum", stream, sums.count(), SumPieces<T>{before, from, layout});
    cuda::for_each("cumsum", stream, columns, SumBefore{before, layout.pieces, x.size(2)});
    cuda::for_each("cumsum", stream, sums.count(),
                   SumWithin<T>{out.mutable_data<T>(), from, before, layout});
  });
}

}  // namespace tutti::launch
