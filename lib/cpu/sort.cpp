// The order of each row's elements.
#include <algorithm>

#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

template <class T>
struct Item {
  T value;
  std::int64_t place;
};

// Of two different places one comes first: any algorithm gives one result, the stable one.
template <bool descending>
struct Before {
  template <class T>
  bool operator()(const Item<T>& x, const Item<T>& y) const {
    const T a = descending ? y.value : x.value, b = descending ? x.value : y.value;
    if (a < b) return true;
    if (b < a) return false;
    const bool a_nan = a != a, b_nan = b != b;
    return a_nan == b_nan ? x.place < y.place : b_nan;
  }
};

template <class T, class F>
void sort_rows(F before, const Tensor& places, const Tensor& x) {
  const std::int64_t n = x.size(1), k = places.size(1);
  std::int64_t* to = places.mutable_data<std::int64_t>();
  const T* from = x.data<T>();
  const cpu::Scratch<Item<T>> scratch(x.device(), n, x.size(0));
  cpu::for_chunks(x.size(0), 16 * n, [&](std::int64_t row, std::int64_t end, int worker) {
    Item<T>* items = scratch.of(worker);
    for (; row < end; ++row) {
      for (std::int64_t i = 0; i < n; ++i) items[i] = {from[row * n + i], i};
      if (k < n)
        std::partial_sort(items, items + k, items + n, before);
      else
        std::sort(items, items + n, before);
      for (std::int64_t i = 0; i < k; ++i) to[row * k + i] = items[i].place;
    }
  });
}

}  // namespace

void sort(CpuStream, const Tensor& places, const Tensor& x, bool descending) {
  if (places.count() == 0) return;
  visit_arithmetic(x.dtype(), "sort", [&]<class T>() {
    if (descending)
      sort_rows<T>(Before<true>{}, places, x);
    else
      sort_rows<T>(Before<false>{}, places, x);
  });
}

}  // namespace tutti::launch
