// Rows looked up by number, and added up where they came from. Without atomics: positions are
// sorted by row first, and one thread adds a row's elements of one column in order of position.
#include "launch.h"
#include "merge_sort.h"
#include "tutti/base/element_bits.h"

namespace tutti::launch {
namespace {

template <class T>
struct Select {
  T* out;
  const T* x;
  const std::int64_t* indices;
  std::int64_t n, rows, width;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t line = i / width, column = i - line * width, outer = line / n;
    std::int64_t row = indices[line - outer * n];
    out[i] = row >= 0 && row < rows ? x[(outer * rows + row) * width + column] : T(0);
  }
};

struct Entry {
  std::int64_t row, position;
  __device__ bool before(const Entry& other) const {
    return row < other.row || (row == other.row && position < other.position);
  }
};

struct MakeEntries {
  Entry* out;
  const std::int64_t* indices;
  __device__ void operator()(std::int64_t i) const { out[i] = {indices[i], i}; }
};

template <class T>
struct AddRows {
  T* out;
  const T* g;
  const Entry* entries;
  std::int64_t n, rows, width;

  // Column i % width of the row of entry i / width % n: its first entry adds for all.
  __device__ void operator()(std::int64_t i) const {
    std::int64_t line = i / width, column = i - line * width;
    std::int64_t outer = line / n, entry = line - outer * n;
    std::int64_t row = entries[entry].row;
    if (row < 0 || row >= rows || (entry > 0 && entries[entry - 1].row == row)) return;
    T sum = 0;
    for (; entry < n && entries[entry].row == row; ++entry)
      sum += g[(outer * n + entries[entry].position) * width + column];
    out[(outer * rows + row) * width + column] = sum;
  }
};

}  // namespace

void index_select(CudaStream stream, const Tensor& out, const Tensor& x, const Tensor& indices) {
  visit_bits(x.dtype(), [&]<class T>() {
    cuda::for_each("index_select", stream, out.count(),
                   Select<T>{static_cast<T*>(out.mutable_raw()), static_cast<const T*>(x.raw()),
                             indices.data<std::int64_t>(), indices.count(), x.size(1), x.size(2)});
  });
}

void index_add(CudaStream stream, const Tensor& out, const Tensor& g, const Tensor& indices) {
  fill(stream, out, 0);
  const std::int64_t n = indices.count();
  if (g.count() == 0) return;
  Buffer entries(static_cast<std::size_t>(n) * sizeof(Entry), out.device());
  Buffer merged(static_cast<std::size_t>(n) * sizeof(Entry), out.device());
  auto* in = static_cast<Entry*>(entries.data());
  auto* to = static_cast<Entry*>(merged.data());
  cuda::for_each("index_add", stream, n, MakeEntries{in, indices.data<std::int64_t>()});
  const Entry* sorted = cuda::merge_sort("index_add", stream, in, to, 1, n);
  visit_float(g.dtype(), "index_add", [&]<class T>() {
    cuda::for_each(
        "index_add", stream, g.count(),
        AddRows<T>{out.mutable_data<T>(), g.data<T>(), sorted, n, out.size(1), g.size(2)});
  });
}

}  // namespace tutti::launch
