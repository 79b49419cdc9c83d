// The order of each row's elements.
#include "launch.h"
#include "merge_sort.h"

namespace tutti::launch {
namespace {

template <class T>
struct Item {
  T value;
  bool descending;
  std::int64_t place;

  // Equal elements keep their order; NaN is more than every number.
  __device__ bool before(const Item& other) const {
    const T &a = descending ? other.value : value, &b = descending ? value : other.value;
    if (a < b) return true;
    if (b < a) return false;
    const bool a_nan = a != a, b_nan = b != b;
    return a_nan == b_nan ? place < other.place : b_nan;
  }
};

template <class T>
struct MakeItems {
  Item<T>* out;
  const T* x;
  std::int64_t n;
  bool descending;
  __device__ void operator()(std::int64_t i) const { out[i] = {x[i], descending, i % n}; }
};

template <class T>
struct TakePlaces {
  std::int64_t* out;
  const Item<T>* sorted;
  std::int64_t n, k;
  __device__ void operator()(std::int64_t i) const { out[i] = sorted[i / k * n + i % k].place; }
};

}  // namespace

void sort(CudaStream stream, const Tensor& places, const Tensor& x, bool descending) {
  const std::int64_t rows = x.size(0), n = x.size(1), k = places.size(1);
  if (places.count() == 0) return;
  visit_arithmetic(x.dtype(), "sort", [&]<class T>() {
    const auto bytes = static_cast<std::size_t>(x.count()) * sizeof(Item<T>);
    Buffer items(bytes, x.device()), room(bytes, x.device());
    auto* first = static_cast<Item<T>*>(items.data());
    cuda::for_each("sort", stream, x.count(), MakeItems<T>{first, x.data<T>(), n, descending});
    const Item<T>* sorted =
        cuda::merge_sort("sort", stream, first, static_cast<Item<T>*>(room.data()), rows, n);
    cuda::for_each("sort", stream, places.count(),
                   TakePlaces<T>{places.mutable_data<std::int64_t>(), sorted, n, k});
  });
}

}  // namespace tutti::launch
