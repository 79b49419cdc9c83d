// Checks that every rank of a communicator runs together. They raise Error: Catch2's macros are not
// for several threads.
#pragma once

#include "reference.h"
#include "tutti/base/half.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/symmetric.h"

namespace tutti::test {

inline Problem problem_on(const Communicator& c, std::size_t count, Memory memory = Memory::heap) {
  return {c.size(), count, Dtype::f32, ReduceOp::sum(), Order::any, c.layout(), memory};
}

/// Whether a row can reduce `count` f64.
inline bool fits(const Communicator& c, const Algorithm& row, std::size_t count = 1000,
                 Memory memory = Memory::heap) {
  return row.fits(problem_on(c, 2 * count, memory));
}

/// Whether a row does something of its own in symmetric memory: its cost tells, or it needs it.
inline bool uses_symmetric(const Communicator& c, const Algorithm& row) {
  const Problem heap = problem_on(c, 2000), symmetric = problem_on(c, 2000, Memory::symmetric);
  if (!row.fits(symmetric)) return false;
  const CostModel model = default_cost_model();
  return !row.fits(heap) ||
         all_reduce_seconds(row, symmetric, model) != all_reduce_seconds(row, heap, model);
}

/// Where the blocks of a row's checks lie: an input, and a result beside it.
class Places {
 public:
  /// Collective. Room for two blocks of `count` elements of eight bytes.
  Places(Communicator& c, Memory where, std::size_t count)
      : memory(where), stride_((count * 8 + 63) / 64 * 64), room_(buffer(c, where, 2 * stride_)) {}

  const Memory memory;

  template <class T>
  T* in() const {
    return static_cast<T*>(room_.data());
  }
  template <class T>
  T* out() const {
    return reinterpret_cast<T*>(static_cast<std::byte*>(room_.data()) + stride_);
  }

 private:
  static Buffer buffer(Communicator& c, Memory where, std::size_t bytes) {
    return where == Memory::heap ? Buffer(bytes, Device::cpu()) : symmetric_buffer(c, bytes);
  }
  std::size_t stride_;
  Buffer room_;
};

/// The result for `input`: out of place, which must leave the input alone, or in place.
template <class T>
const T* reduced(Communicator& c, const Places& places, std::string_view algorithm, ReduceOp op,
                 const std::vector<T>& input, bool in_place) {
  const std::size_t count = input.size(), bytes = count * sizeof(T);
  T *in = places.in<T>(), *out = in_place ? in : places.out<T>();
  if (bytes > 0) std::memset(places.out<T>(), 0x55, bytes);
  std::copy(input.begin(), input.end(), in);
  all_reduce(c, block_of(in, count), block_of(out, count), op, {.algorithm = algorithm});
  if (!in_place && bytes > 0 && std::memcmp(in, input.data(), bytes) != 0)
    raise(algorithm, ", ", dtype_of<T>(), ", ", op, ", ", c.size(), " ranks, count ", count,
          ": found another input after the call, expected it unchanged");
  return out;
}

inline std::string where(const Communicator& c, const Places& places, std::size_t count,
                         bool in_place) {
  return text(places.memory == Memory::heap ? "" : ", symmetric", in_place ? ", in place" : "",
              ", ", c.size(), " ranks, count ", count);
}

template <class T>
void check_whole(Communicator& c, const Places& places, std::string_view algorithm, ReduceOp op,
                 std::size_t count, bool in_place) {
  const T* data = reduced(c, places, algorithm, op, fill<T>(whole<T>, c.rank(), count), in_place);
  for (std::size_t i = 0; i < count; ++i) {
    T expected = reduced_whole<T>(op, c.size(), i);
    if (!(data[i] == expected))
      raise(algorithm, ", ", dtype_of<T>(), ", ", op, where(c, places, count, in_place), ": found ",
            +data[i], " at ", i, ", expected ", +expected);
  }
}

/// Both in place and out of place, in ordinary memory.
template <class T>
void check_whole(Communicator& c, std::string_view algorithm, ReduceOp op, std::size_t count) {
  const Places places(c, Memory::heap, count);
  for (bool in_place : {true, false}) check_whole<T>(c, places, algorithm, op, count, in_place);
}

inline float computed(f16 x) {
  return widen(x);
}
inline float computed(bf16 x) {
  return widen(x);
}
template <class T>
T computed(T x) {
  return x;
}

template <class T>
T stored(decltype(computed(T{})) x) {
  if constexpr (sizeof(T) == 2)
    return narrow(x, T{});
  else
    return x;
}

/// Random numbers: the canonical bits, or a sum whose error is below that of any order of adding.
template <class T>
void check_random(Communicator& c, const Places& places, const Algorithm& row, ReduceOp op,
                  std::size_t count, bool in_place) {
  using Computed = decltype(computed(T{}));
  const auto value = [](int rank, std::size_t i) { return stored<T>(random<Computed>(rank, i)); };
  const T* data = reduced(c, places, row.name, op, fill<T>(value, c.rank(), count), in_place);
  const double divisor = op.for_ranks(c.size()).divisor;
  const double eps = dtype_of<T>() == Dtype::f16    ? 0x1p-10
                     : dtype_of<T>() == Dtype::bf16 ? 0x1p-7
                                                    : std::numeric_limits<Computed>::epsilon();
  std::vector<Computed> x(c.size());
  for (std::size_t i = 0; i < count; ++i) {
    long double exact = 0, magnitude = 0;
    for (int r = 0; r < c.size(); ++r) {
      x[r] = computed(value(r, i));
      exact += x[r];
      magnitude += std::fabs(x[r]);
    }
    const T canonical = stored<T>(canonical_sum(x, 0, x.size()) / static_cast<Computed>(divisor));
    // P - 1 additions and a division round once each, by at most eps/2 of a partial sum.
    const long double bound = c.size() * eps * magnitude / divisor;
    const bool exact_bits = row.canonical(problem_on(c, count, places.memory));
    const bool good = exact_bits ? same_bits(data[i], canonical)
                                 : std::fabs(computed(data[i]) - exact / divisor) <= bound;
    if (!good)
      raise(row.name, ", ", dtype_of<T>(), ", ", op, where(c, places, count, in_place), ": found ",
            computed(data[i]), " at ", i, ", expected ", computed(canonical),
            exact_bits ? " exactly" : " nearly");
  }
}

/// Collective: everything about one row but long blocks, in memory of this kind.
inline void check_row_in(Communicator& c, const Algorithm& row, Memory memory) {
  const std::size_t ranks = c.size();
  const Places places(c, memory, std::max(ranks + 1, std::size_t{1000}));
  bool in_place = false;  // turns about, so that each dtype and operator meets both
  for (std::size_t count :
       {std::size_t{0}, std::size_t{1}, ranks - 1, ranks, ranks + 1, std::size_t{1000}}) {
    const auto check_wholes = [&]<class... T>(ReduceOp op, T...) {
      (check_whole<T>(c, places, row.name, op, count, in_place = !in_place), ...);
    };
    const auto check_randoms = [&]<class... T>(ReduceOp op, T...) {
      (check_random<T>(c, places, row, op, count, in_place = !in_place), ...);
    };
    for (ReduceOp op : {ReduceOp::sum(), ReduceOp::min(), ReduceOp::max(), ReduceOp::product()})
      check_wholes(op, float{}, double{}, std::int32_t{}, std::int64_t{}, std::uint8_t{});
    for (ReduceOp op : {ReduceOp::average(), ReduceOp::sum_over(7)}) {
      check_wholes(op, float{}, double{});
      check_randoms(op, float{}, double{}, f16{}, bf16{});
    }
    check_randoms(ReduceOp::sum(), float{}, double{}, f16{});
  }
}

/// Collective: the same in all memory in which the row works in its own way.
inline void check_row(Communicator& c, const Algorithm& row) {
  if (fits(c, row)) check_row_in(c, row, Memory::heap);
  if (uses_symmetric(c, row)) check_row_in(c, row, Memory::symmetric);
}

}  // namespace tutti::test
