// Elements looked up along the last axis, and stored or added up where they came from.
#include "launch.h"
#include "tutti/base/axes.h"
#include "tutti/base/element_bits.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

Shape leading(Shape shape) {
  shape.erase(shape.rank() - 1);
  return shape;
}

// Rows of two tensors and of indices, which agree in all axes but the last.
struct Rows {
  Axes<3> axes;
  const std::int64_t* indices;
  std::int64_t length, x_extent;              // of the last axis of the indices, and of x
  std::int64_t x_step, y_step, indices_step;  // along that axis

  Rows(const Tensor& x, const Tensor& y, const Tensor& indices)
      : axes(leading(indices.shape()),
             {leading(x.strides()), leading(y.strides()), leading(indices.strides())}),
        indices(indices.data<std::int64_t>()),
        length(indices.size(-1)),
        x_extent(x.size(-1)),
        x_step(x.strides()[x.rank() - 1]),
        y_step(y.strides()[y.rank() - 1]),
        indices_step(indices.strides()[indices.rank() - 1]) {}
};

template <class T>
struct Gather {
  T* out;
  const T* x;
  Rows rows;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t row = i / rows.length, j = i - row * rows.length;
    auto at = rows.axes.offsets(row);
    std::int64_t index = rows.indices[at.at[2] + j * rows.indices_step];
    bool valid = index >= 0 && index < rows.x_extent;
    out[at.at[1] + j * rows.y_step] = valid ? x[at.at[0] + index * rows.x_step] : T(0);
  }
};

// One thread a row: the order of the additions, or of the stores, is that of the indices.
template <class T, bool adds>
struct Scatter {
  T* out;
  const T* g;
  Rows rows;

  __device__ void operator()(std::int64_t row) const {
    auto at = rows.axes.offsets(row);
    for (std::int64_t j = 0; j < rows.length; ++j) {
      std::int64_t index = rows.indices[at.at[2] + j * rows.indices_step];
      if (index < 0 || index >= rows.x_extent) continue;
      T& to = out[at.at[0] + index * rows.x_step];
      const T from = g[at.at[1] + j * rows.y_step];
      to = adds ? static_cast<T>(to + from) : from;
    }
  }
};

}  // namespace

void gather(CudaStream stream, const Tensor& out, const Tensor& x, const Tensor& indices) {
  visit_bits(x.dtype(), [&]<class T>() {
    cuda::for_each("gather", stream, out.count(),
                   Gather<T>{static_cast<T*>(out.mutable_raw()), static_cast<const T*>(x.raw()),
                             Rows(x, out, indices)});
  });
}

void scatter_add(CudaStream stream, const Tensor& out, const Tensor& g, const Tensor& indices) {
  if (indices.count() == 0) return;
  visit_float(g.dtype(), "scatter_add", [&]<class T>() {
    cuda::for_each("scatter_add", stream, indices.count() / indices.size(-1),
                   Scatter<T, true>{out.mutable_data<T>(), g.data<T>(), Rows(out, g, indices)});
  });
}

void scatter(CudaStream stream, const Tensor& out, const Tensor& g, const Tensor& indices) {
  if (indices.count() == 0) return;
  visit_bits(g.dtype(), [&]<class T>() {
    cuda::for_each("scatter", stream, indices.count() / indices.size(-1),
                   Scatter<T, false>{static_cast<T*>(out.mutable_raw()),
                                     static_cast<const T*>(g.raw()), Rows(out, g, indices)});
  });
}

}  // namespace tutti::launch
