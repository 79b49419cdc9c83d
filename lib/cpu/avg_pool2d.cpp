// Averages over windows: down the columns, then along the row of sums; and the transpose.
#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// line = the sums of what rows [begin, end) of the plane hold in each column.
template <class T>
void sum_rows(T* line, const T* plane, std::int64_t begin, std::int64_t end, std::int64_t w) {
  std::fill_n(line, w, T(0));
  for (std::int64_t y = begin; y < end; ++y) {
    const T* row = plane + y * w;
#pragma omp simd
    for (std::int64_t x = 0; x < w; ++x) line[x] += row[x];
  }
}

template <class T>
void add_line(T* plane, const T* line, std::int64_t begin, std::int64_t end, std::int64_t w) {
  for (std::int64_t y = begin; y < end; ++y) {
    T* row = plane + y * w;
#pragma omp simd
    for (std::int64_t x = 0; x < w; ++x) row[x] += line[x];
  }
}

// Calls f(plane, line) for every plane; the line has room for a row of the image.
template <class T, class F>
void each_plane(const Tensor& images, F f) {
  const std::int64_t planes = images.size(0) * images.size(1);
  cpu::Scratch<T> scratch(images.device(), images.size(3), planes);
  cpu::for_chunks(planes, images.size(2) * images.size(3),
                  [&](std::int64_t plane, std::int64_t end, int worker) {
                    for (; plane < end; ++plane) f(plane, scratch.of(worker));
                  });
}

}  // namespace

void avg_pool2d(CpuStream, const Tensor& out, const Tensor& x, PoolWindows windows,
                bool count_padding) {
  const auto& [rows, columns] = windows;
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "avg_pool2d", [&]<class T>() {
    const T* images = dense.data<T>();
    T* results = out.mutable_data<T>();
    each_plane<T>(x, [&](std::int64_t plane, T* line) {
      const T* image = images + plane * rows.image * columns.image;
      T* to = results + plane * rows.count * columns.count;
      for (std::int64_t y = 0; y < rows.count; ++y) {
        sum_rows(line, image, rows.first_inside(y), rows.end_inside(y), columns.image);
        for (std::int64_t i = 0; i < columns.count; ++i, ++to) {
          T sum = 0;
          for (std::int64_t j = columns.first_inside(i); j < columns.end_inside(i); ++j)
            sum += line[j];
          *to = sum / static_cast<T>(rows.size(y, count_padding) * columns.size(i, count_padding));
        }
      }
    });
  });
}

void avg_pool2d_gradient(CpuStream, const Tensor& in, const Tensor& g, PoolWindows windows,
                         bool count_padding) {
  const auto& [rows, columns] = windows;
  Tensor dense = g.contiguous();
  visit_float(g.dtype(), "avg_pool2d_gradient", [&]<class T>() {
    const T* gradients = dense.data<T>();
    T* images = in.mutable_data<T>();
    each_plane<T>(in, [&](std::int64_t plane, T* line) {
      T* image = images + plane * rows.image * columns.image;
      const T* from = gradients + plane * rows.count * columns.count;
      std::fill_n(image, rows.image * columns.image, T(0));
      for (std::int64_t y = 0; y < rows.count; ++y) {
        std::fill_n(line, columns.image, T(0));
        for (std::int64_t i = 0; i < columns.count; ++i, ++from) {
          const T part =
              *from / static_cast<T>(rows.size(y, count_padding) * columns.size(i, count_padding));
          for (std::int64_t j = columns.first_inside(i); j < columns.end_inside(i); ++j)
            line[j] += part;
        }
        add_line(image, line, rows.first_inside(y), rows.end_inside(y), columns.image);
      }
    });
  });
}

}  // namespace tutti::launch
