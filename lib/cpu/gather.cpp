// Elements looked up along the last axis, and stored or added up where they came from.
#include "indices.h"
#include "launch.h"
#include "tasks.h"
#include "tutti/base/element_bits.h"

namespace tutti::launch {
namespace {

// Calls f(t, a place in the indices' row, index) for every j of every row: t[k] is where tensor k's
// row begins. Rows are taken a block at a time, j after j: neighbours in memory are often rows.
template <class F>
void each_index(const Tensor& x, const Tensor& y, const Tensor& indices, F f) {
  Shape rows = indices.shape();
  const int last = rows.rank() - 1;
  const std::int64_t length = rows[last], step = indices.strides()[last];
  rows.erase(last);
  auto leading = [&](Shape strides) {
    strides.erase(last);
    return strides;
  };
  const Axes<3> axes(rows,
                     {leading(x.strides()), leading(y.strides()), leading(indices.strides())});
  const std::int64_t* index = indices.data<std::int64_t>();
  cpu::for_chunks(rows.count(), length, [&](std::int64_t begin, std::int64_t end, int) {
    constexpr std::int64_t block = 64;
    for (Walk<3> walk(axes, begin); begin < end;) {
      const std::int64_t count = std::min({block, walk.run(), end - begin});
      for (std::int64_t j = 0; j < length; ++j)
        for (std::int64_t r = 0; r < count; ++r)
          f(walk.at(0) + r * walk.step(0), walk.at(1) + r * walk.step(1), j,
            index[walk.at(2) + r * walk.step(2) + j * step]);
      walk.skip(count);
      begin += count;
    }
  });
}

}  // namespace

void gather(CpuStream, const Tensor& out, const Tensor& x, const Tensor& indices) {
  cpu::require_in_range(indices, x.size(-1), "gather");
  const std::int64_t out_step = out.strides()[out.rank() - 1], x_step = x.strides()[x.rank() - 1];
  visit_bits(x.dtype(), [&]<class T>() {
    const T* from = static_cast<const T*>(x.raw());
    T* to = static_cast<T*>(out.mutable_raw());
    each_index(out, x, indices,
               [=](std::int64_t out_row, std::int64_t x_row, std::int64_t j, std::int64_t index) {
                 to[out_row + j * out_step] = from[x_row + index * x_step];
               });
  });
}

void scatter(CpuStream, const Tensor& out, const Tensor& g, const Tensor& indices) {
  cpu::require_in_range(indices, out.size(-1), "scatter");
  const std::int64_t out_step = out.strides()[out.rank() - 1], g_step = g.strides()[g.rank() - 1];
  visit_bits(g.dtype(), [&]<class T>() {
    const T* from = static_cast<const T*>(g.raw());
    T* to = static_cast<T*>(out.mutable_raw());
    each_index(out, g, indices,
               [=](std::int64_t out_row, std::int64_t g_row, std::int64_t j, std::int64_t index) {
                 to[out_row + index * out_step] = from[g_row + j * g_step];
               });
  });
}

void scatter_add(CpuStream, const Tensor& out, const Tensor& g, const Tensor& indices) {
  cpu::require_in_range(indices, out.size(-1), "scatter_add");
  const std::int64_t out_step = out.strides()[out.rank() - 1], g_step = g.strides()[g.rank() - 1];
  visit_float(g.dtype(), "scatter_add", [&]<class T>() {
    const T* from = g.data<T>();
    T* to = out.mutable_data<T>();
    each_index(out, g, indices,
               [=](std::int64_t out_row, std::int64_t g_row, std::int64_t j, std::int64_t index) {
                 to[out_row + index * out_step] += from[g_row + j * g_step];
               });
  });
}

}  // namespace tutti::launch
