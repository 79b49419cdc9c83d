// Matrix products of emulated devices, for those of cublasLt.
#include "launch.h"
#include "tutti/base/axes.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Product {
  T* out;
  const T *a, *b, *bias;
  Axes<2> batches;
  std::int64_t rows, inner, columns, a_row, a_column, b_row, b_column;

  void operator()(std::int64_t i) const {
    const auto first = batches.offsets(i / (rows * columns));
    const T* row = a + first.at[0] + i / columns % rows * a_row;
    const T* column = b + first.at[1] + i % columns * b_column;
    T sum = 0;
    for (std::int64_t k = 0; k < inner; ++k) sum += row[k * a_column] * column[k * b_row];
    out[i] = bias ? sum + bias[i % columns] : sum;
  }
};

// Of all axes but the last two.
Shape leading(const Shape& extents) {
  Shape out;
  for (int axis = 0; axis + 2 < extents.rank(); ++axis) out.push_back(extents[axis]);
  return out;
}

}  // namespace

void matmul(CudaStream stream, const Tensor& out, const Tensor& a, const Tensor& b,
            const Tensor& bias) {
  const int row = out.rank() - 2, column = out.rank() - 1;
  const Axes<2> batches(leading(out.shape()), {leading(a.strides()), leading(b.strides())});
  visit_float(out.dtype(), "matmul", [&]<class T>() {
    cuda::for_each(
        "matmul", stream, out.count(),
        Product<T>{out.mutable_data<T>(), a.data<T>(), b.data<T>(), bias ? bias.data<T>() : nullptr,
                   batches, a.size(row), a.size(column), b.size(column), a.strides()[row],
                   a.strides()[column], b.strides()[row], b.strides()[column]});
  });
}

}  // namespace tutti::launch
