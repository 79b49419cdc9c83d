#include "comm/reduce_many.h"

#include <algorithm>

#include "comm/streaming.h"
#include "reference.h"
#include "support/catch.h"
#include "tutti/base/half.h"

using namespace tutti;
using namespace tutti::test;

namespace {

template <class T>
struct Sum {
  using type = std::conditional_t<sizeof(T) == 2, float, T>;
};

template <class T>
auto wide(T x) {
  if constexpr (sizeof(T) == 2)
    return widen(x);
  else
    return x;
}

template <class T, class A>
T rounded(A x) {
  if constexpr (sizeof(T) == 2)
    return narrow(x, T{});
  else
    return static_cast<T>(x);
}

// Random floats, small whole numbers else.
template <class T>
T value(std::size_t k, std::size_t i) {
  if constexpr (std::is_integral_v<T>)
    return whole<T>(static_cast<int>(k), i);
  else
    return rounded<T>(random<typename Sum<T>::type>(static_cast<int>(k), i));
}

template <class A>
A canonical_product(const std::vector<A>& x, std::size_t lo, std::size_t hi) {
  if (hi - lo == 1) return x[lo];
  const std::size_t middle = lo + std::bit_floor(hi - lo - 1);
  return static_cast<A>(canonical_product(x, lo, middle) * canonical_product(x, middle, hi));
}

// By definition, in the accumulator's type; whole numbers are small, and wrap when they become A.
template <class A>
A reduced(const std::vector<A>& x, const ReduceOp& op) {
  using Wide = std::conditional_t<std::is_integral_v<A>, std::int64_t, A>;
  const std::vector<Wide> y(x.begin(), x.end());
  Wide result = y[0];
  switch (op.kind) {
    case ReduceOp::Kind::sum:
      result = canonical_sum(y, 0, y.size());
      break;
    case ReduceOp::Kind::product:
      result = canonical_product(y, 0, y.size());
      break;
    case ReduceOp::Kind::min:
      result = *std::ranges::min_element(y);
      break;
    case ReduceOp::Kind::max:
      result = *std::ranges::max_element(y);
  }
  if constexpr (std::is_floating_point_v<A>) return result / static_cast<A>(op.divisor);
  return static_cast<A>(result);
}

// How often an element, or what stands beside the outputs, is wrong.
template <class In, class Out>
int wrong(std::size_t inputs, std::size_t outputs, std::size_t count, const ReduceOp& op,
          Stores stores, bool in_place) {
  std::vector<std::vector<In>> in(inputs, std::vector<In>(count));
  for (std::size_t k = 0; k < inputs; ++k)
    for (std::size_t i = 0; i < count; ++i) in[k][i] = value<In>(k, i);
  std::vector<Out> expected(count);
  std::vector<typename Sum<In>::type> x(inputs);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < inputs; ++k) x[k] = wide(in[k][i]);
    expected[i] = rounded<Out>(reduced(x, op));
  }

  const Out guard = rounded<Out>(typename Sum<Out>::type(77));
  std::vector<std::vector<Out>> out(outputs, std::vector<Out>(count + 2, guard));
  std::vector<const std::byte*> from;
  std::vector<std::byte*> to;
  for (auto& one : in) from.push_back(reinterpret_cast<std::byte*>(one.data()));
  for (std::size_t k = 0; k < outputs; ++k)  // one element further on: lines are not aligned
    to.push_back(reinterpret_cast<std::byte*>(in_place ? static_cast<void*>(in[k].data())
                                                       : static_cast<void*>(out[k].data() + 1)));
  reduce_many({from, dtype_of<In>(), to, dtype_of<Out>(), count}, op.kind, op.divisor, stores);
  streaming_fence();
  int faults = 0;
  for (std::size_t k = 0; k < outputs; ++k) {
    std::vector<Out> found(count);
    if (count > 0) std::memcpy(found.data(), to[k], count * sizeof(Out));
    for (std::size_t i = 0; i < count; ++i) faults += !same_bits(found[i], expected[i]);
    faults += !same_bits(out[k].front(), guard) + !same_bits(out[k].back(), guard);
  }
  return faults;
}

template <class In, class Out>
int wrong_anywhere(const ReduceOp& op) {
  int faults = 0;
  for (std::size_t inputs = 1; inputs <= 9; ++inputs)
    for (std::size_t count : {0, 1, 3, 15, 511, 512, 513, 1201})
      for (Stores stores : {Stores::ordinary, Stores::streaming}) {
        for (std::size_t outputs : {std::size_t{1}, std::size_t{2}, inputs})
          faults += wrong<In, Out>(inputs, outputs, count, op, stores, false);
        if constexpr (std::is_same_v<In, Out>)
          faults += wrong<In, Out>(inputs, inputs, count, op, stores, true);
      }
  return faults;
}

const ReduceOp any_type[] = {ReduceOp::sum(), ReduceOp::min(), ReduceOp::max(),
                             ReduceOp::product()};
const ReduceOp divided[] = {ReduceOp::sum_over(7), ReduceOp::sum_over(8), ReduceOp::sum_over(0.3),
                            ReduceOp::sum_over(1e300)};

}  // namespace

TEMPLATE_TEST_CASE("reduce_many is the canonical reduction, rounded once", "[comm]", float, double,
                   f16, bf16, std::int32_t, std::int64_t, std::uint8_t) {
  for (const ReduceOp& op : any_type) {
    INFO(op);
    CHECK(wrong_anywhere<TestType, TestType>(op) == 0);
  }
}

TEMPLATE_TEST_CASE("reduce_many divides once, before rounding", "[comm]", float, double, f16,
                   bf16) {
  for (const ReduceOp& op : divided) {
    if (op.divisor > 1e30 && !std::is_same_v<TestType, double>) continue;
    INFO(op);
    CHECK(wrong_anywhere<TestType, TestType>(op) == 0);
  }
}

TEMPLATE_TEST_CASE("reduce_many between 16 bits and f32", "[comm]", f16, bf16) {
  for (const ReduceOp& op : {ReduceOp::sum(), ReduceOp::sum_over(3), ReduceOp::max()}) {
    INFO(op);
    CHECK(wrong_anywhere<TestType, float>(op) == 0);
    CHECK(wrong_anywhere<float, TestType>(op) == 0);
  }
}

TEST_CASE("16-bit sums are exact until they are rounded", "[comm]") {
  // 2048 + 1 + 1 is 2048 when f16 rounds each time, and 2050 when it rounds once.
  const f16 parts[] = {narrow(2048, f16{}), narrow(1, f16{}), narrow(1, f16{})};
  f16 result{};
  const std::byte* inputs[] = {reinterpret_cast<const std::byte*>(&parts[0]),
                               reinterpret_cast<const std::byte*>(&parts[1]),
                               reinterpret_cast<const std::byte*>(&parts[2])};
  std::byte* outputs[] = {reinterpret_cast<std::byte*>(&result)};
  reduce_many({inputs, Dtype::f16, outputs, Dtype::f16, 1}, ReduceOp::Kind::sum, 1,
              Stores::ordinary);
  CHECK(widen(result) == 2050);
}

TEMPLATE_TEST_CASE("a NaN in any input is one in the result", "[comm]", float, double) {
  for (ReduceOp::Kind kind : {ReduceOp::Kind::sum, ReduceOp::Kind::min, ReduceOp::Kind::max})
    for (std::size_t inputs = 1; inputs <= 9; ++inputs)
      for (std::size_t bad = 0; bad < inputs; ++bad) {
        std::vector<TestType> x(inputs, 1);
        x[bad] = std::numeric_limits<TestType>::quiet_NaN();
        TestType result = 0;
        std::vector<const std::byte*> from;
        for (TestType& one : x) from.push_back(reinterpret_cast<std::byte*>(&one));
        std::byte* to[] = {reinterpret_cast<std::byte*>(&result)};
        reduce_many({from, dtype_of<TestType>(), to, dtype_of<TestType>(), 1}, kind, 1,
                    Stores::ordinary);
        CHECK(std::isnan(result));
      }
}

TEMPLATE_TEST_CASE("so it is in 16 bits, wherever it stands", "[comm]", f16, bf16) {
  const TestType nan = narrow(std::numeric_limits<float>::quiet_NaN(), TestType{});
  for (ReduceOp::Kind kind : {ReduceOp::Kind::sum, ReduceOp::Kind::min, ReduceOp::Kind::max})
    for (std::size_t count : {1, 2, 33})
      for (std::size_t at = 0; at < count; ++at)
        for (std::size_t bad : {0, 1})
          for (std::size_t outputs : {1, 2}) {
            std::vector<TestType> in[2], out[2];
            for (std::size_t k = 0; k < 2; ++k) {
              in[k].assign(count, narrow(1, TestType{}));
              out[k].resize(count);
            }
            in[bad][at] = nan;
            const auto bytes_of = [](auto& x) { return reinterpret_cast<std::byte*>(x.data()); };
            const std::byte* from[] = {bytes_of(in[0]), bytes_of(in[1])};
            std::byte* to[] = {bytes_of(out[0]), bytes_of(out[1])};
            constexpr Dtype dtype = dtype_of<TestType>();
            reduce_many({from, dtype, {to, outputs}, dtype, count}, kind, 2, Stores::ordinary);
            const float other = kind == ReduceOp::Kind::sum ? 1.0f : 0.5f;
            int wrong = 0;
            for (std::size_t k = 0; k < outputs; ++k)
              for (std::size_t i = 0; i < count; ++i)
                wrong += i == at ? !std::isnan(widen(out[k][i])) : widen(out[k][i]) != other;
            CHECK(wrong == 0);
          }
}

TEMPLATE_TEST_CASE("every 16-bit float is added as one alone", "[comm]", f16, bf16) {
  constexpr std::size_t patterns = 1 << 16;
  std::vector<TestType> a(patterns), b(patterns), sums(patterns);
  for (std::size_t turn : {0, 1, 0x3c00, 0x8000, 0xfbff, 12345}) {
    for (std::size_t i = 0; i < patterns; ++i) {
      a[i].bits = static_cast<std::uint16_t>(i);
      b[i].bits = static_cast<std::uint16_t>(i * (turn % 2 + 1) ^ turn);
    }
    const std::byte* from[] = {reinterpret_cast<std::byte*>(a.data()),
                               reinterpret_cast<std::byte*>(b.data())};
    std::byte* to[] = {reinterpret_cast<std::byte*>(sums.data())};
    constexpr Dtype dtype = dtype_of<TestType>();
    reduce_many({from, dtype, to, dtype, patterns}, ReduceOp::Kind::sum, 1, Stores::ordinary);
    int wrong = 0;
    for (std::size_t i = 0; i < patterns; ++i) {
      const float expected = widen(a[i]) + widen(b[i]);
      wrong += std::isnan(expected) ? !std::isnan(widen(sums[i]))
                                    : sums[i].bits != narrow(expected, TestType{}).bits;
    }
    INFO(turn);
    CHECK(wrong == 0);
  }
}
