// Max pooling: every window's largest element and its place, and values moved from or to there.
#include <limits>
#include <type_traits>
#include <utility>

#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// Of one row of windows: the largest elements, and where they lie after the windows' first row.
template <class T>
struct Winners {
  // As wide as T, so that both fit in the same number of vector lanes.
  using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  T* value;
  Place* place;  ///< -1 where a window lies in the padding altogether
};

// The first element that is larger than all before it, or NaN, wins. Nested selections, since GCC
// makes no vector code of a condition in two parts.
template <class T, class Place>
void consider(T candidate, Place at, T& best, Place& place) {
  T better = candidate <= best ? best : candidate;
  Place better_at = candidate <= best ? place : at;
  place = best == best ? better_at : place;
  best = best == best ? better : best;
}

// The winner of window x in row y of windows, as far as it lies in the image.
template <class T>
void find_winner(Winners<T> winners, const T* plane, std::int64_t y, std::int64_t x,
                 const PoolWindows& windows) {
  using Place = typename Winners<T>::Place;
  const std::int64_t row = windows.y.first(y), w = windows.x.image;
  const std::int64_t down = windows.y.window.dilation, across = windows.x.window.dilation;
  const std::int64_t left = windows.x.first_inside(x);
  const std::int64_t bottom = windows.y.end_inside(y), right = windows.x.end_inside(x);
  T best = -std::numeric_limits<T>::infinity();
  Place place = -1;
  for (std::int64_t i = windows.y.first_inside(y); i < bottom; i += down)
    for (std::int64_t j = left; j < right; j += across) {
      Place at = static_cast<Place>((i - row) * w + j);
      T candidate = plane[i * w + j];
      if (place < 0)
        best = candidate, place = at;
      else
        consider(candidate, at, best, place);
    }
  winners.value[x] = best;
  winners.place[x] = place;
}

// The winner of the window at `first`, whose place is `at`.
template <int size, class T, class Place, int... k>
void choose(T& best, Place& best_at, const T* first, Place at, Place line,
            std::integer_sequence<int, k...>) {
  best = *first;
  best_at = at;
  (consider(first[k / size * line + k % size], at + k / size * line + k % size, best, best_at),
   ...);
}

// The winners of `count` windows that lie in the image, side by side in vector lanes. `first` is
// the first window's first element, and `place` its place.
template <int size, int stride, class T, class Place>
void find_inner(Winners<T> winners, const T* first, Place place, Place line, Place count) {
  // Few lanes, since rows are short and what is left over of one runs through branches.
#pragma omp simd simdlen(4)
  for (Place x = 0; x < count; ++x) {
    T best;
    Place best_at;
    choose<size>(best, best_at, first + x * stride, place + x * stride, line,
                 std::make_integer_sequence<int, size * size>());
    winners.value[x] = best;
    winners.place[x] = best_at;
  }
}

// The winners of row y of windows.
template <class T>
void find_winners(Winners<T> winners, const T* plane, std::int64_t y, const PoolWindows& windows) {
  using Place = typename Winners<T>::Place;
  const PoolAxis &rows = windows.y, &columns = windows.x;
  auto usual = [](const WindowAxis& axis, std::int64_t extent) {
    return axis.extent == extent && axis.stride == 2 && axis.dilation == 1;
  };
  const bool two = usual(rows.window, 2) && usual(columns.window, 2);
  const bool three = usual(rows.window, 3) && usual(columns.window, 3);
  // Windows [begin, end) lie in the image altogether; only the usual sizes are worth vector code.
  const auto [extent, stride, padding, dilation] = columns.window;
  std::int64_t begin = 0, end = 0;
  if ((two || three) && rows.first(y) >= 0 && rows.end(y) <= rows.image) {
    begin = end = std::min(columns.count, (padding + stride - 1) / stride);
    if (columns.image + padding >= extent)
      end = std::clamp((columns.image + padding - extent) / stride + 1, begin, columns.count);
  }
  if (begin < end) {
    Winners<T> inner{winners.value + begin, winners.place + begin};
    const T* first = plane + rows.first(y) * columns.image + columns.first(begin);
    Place place = static_cast<Place>(columns.first(begin));
    Place line = static_cast<Place>(columns.image), count = static_cast<Place>(end - begin);
    if (two)
      find_inner<2, 2>(inner, first, place, line, count);
    else
      find_inner<3, 2>(inner, first, place, line, count);
  }
  for (std::int64_t x = 0; x < begin; ++x) find_winner(winners, plane, y, x, windows);
  for (std::int64_t x = end; x < columns.count; ++x) find_winner(winners, plane, y, x, windows);
}

// The largest elements of plane `plane`, and where they lie in it unless `places` is empty.
template <class T>
void pool_plane(T* out, std::int32_t* places, const T* x, std::int64_t plane,
                const PoolWindows& windows, typename Winners<T>::Place* scratch) {
  const std::int64_t w = windows.x.image, count = windows.x.count;
  for (std::int64_t y = 0; y < windows.y.count; ++y) {
    const std::int64_t to = (plane * windows.y.count + y) * count;
    find_winners({out + to, scratch}, x + plane * windows.y.image * w, y, windows);
    if (!places) continue;
    const auto above = static_cast<std::int32_t>(windows.y.first(y) * w);
    for (std::int64_t i = 0; i < count; ++i)
      places[to + i] = scratch[i] < 0 ? -1 : above + static_cast<std::int32_t>(scratch[i]);
  }
}

}  // namespace

void max_pool2d(CpuStream, const Tensor& out, const Tensor& places, const Tensor& x,
                PoolWindows windows) {
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "max_pool2d", [&]<class T>() {
    cpu::Scratch<typename Winners<T>::Place> scratch(x.device(), windows.x.count,
                                                     x.size(0) * x.size(1));
    T* result = out.mutable_data<T>();
    std::int32_t* result_places = places ? places.mutable_data<std::int32_t>() : nullptr;
    cpu::for_chunks(x.size(0) * x.size(1), x.size(2) * x.size(3),
                    [&](std::int64_t plane, std::int64_t end, int w) {
                      for (; plane < end; ++plane)
                        pool_plane(result, result_places, dense.data<T>(), plane, windows,
                                   scratch.of(w));
                    });
  });
}

void max_pool2d_gather(CpuStream, const Tensor& out, const Tensor& values, const Tensor& places) {
  const std::int64_t windows = out.size(2) * out.size(3), area = values.size(2) * values.size(3);
  Tensor from = values.contiguous();
  const std::int32_t* place = places.data<std::int32_t>();
  visit_float(values.dtype(), "max_pool2d_gather", [&]<class T>() {
    T* result = out.mutable_data<T>();
    cpu::for_chunks(out.size(0) * out.size(1), windows,
                    [&](std::int64_t plane, std::int64_t end, int) {
                      for (; plane < end; ++plane) {
                        const T* source = from.data<T>() + plane * area;
                        for (std::int64_t i = plane * windows; i < (plane + 1) * windows; ++i)
                          result[i] = place[i] < 0 ? T(0) : source[place[i]];
                      }
                    });
  });
}

void max_pool2d_scatter(CpuStream, const Tensor& in, const Tensor& g, const Tensor& places,
                        PoolWindows) {
  const std::int64_t windows = g.size(2) * g.size(3), area = in.size(2) * in.size(3);
  Tensor gradient = g.contiguous();
  const std::int32_t* place = places.data<std::int32_t>();
  visit_float(g.dtype(), "max_pool2d_scatter", [&]<class T>() {
    const T* from = gradient.data<T>();
    T* result = in.mutable_data<T>();
    cpu::for_chunks(in.size(0) * in.size(1), area, [&](std::int64_t plane, std::int64_t end, int) {
      for (; plane < end; ++plane) {
        T* to = result + plane * area;
        std::fill_n(to, area, T(0));
        for (std::int64_t i = plane * windows; i < (plane + 1) * windows; ++i)
          if (place[i] >= 0) to[place[i]] += from[i];
      }
    });
  });
}

}  // namespace tutti::launch
