#include "comm/reduce_many.h"

#include <bit>
#include <cstring>
#include <limits>

#include "comm/block_math.h"
#include "comm/canonical.h"
#include "comm/streaming.h"
#include "tutti/base/half.h"

namespace tutti {
namespace {

constexpr std::size_t tile = 512;  // elements whose sums stay in the first cache

template <class T>
struct Accumulator {
  using type = T;
};
template <>
struct Accumulator<f16> {
  using type = float;
};
template <>
struct Accumulator<bf16> {
  using type = float;
};

template <class T>
inline T load(T value) {
  return value;
}
inline float load(f16 value) {
  return widen(value);
}
inline float load(bf16 value) {
  return widen(value);
}
template <class T>
inline T round_to(T value, T) {
  return value;
}
inline f16 round_to(float value, f16 type) {
  return narrow(value, type);
}
inline bf16 round_to(float value, bf16 type) {
  return narrow(value, type);
}

// Halves are stored by their bits: GCC vectorises no loop that assigns a struct.
template <class T>
inline void store(T& to, T value) {
  if constexpr (sizeof(T) == 2)
    to.bits = value.bits;
  else
    to = value;
}

template <class A>
bool is_power_of_two(A value) {
  using Bits = std::conditional_t<sizeof(A) == 4, std::uint32_t, std::uint64_t>;
  constexpr int exponent_and_sign = 8 * sizeof(A) - (std::numeric_limits<A>::digits - 1);
  return std::bit_cast<Bits>(value) << exponent_and_sign == 0;
}

// The last step of a reduction: nothing, a product, or a division. Dividing by a power of two and
// multiplying by its inverse give the same bits.
template <class A>
struct Finish {
  enum class Step : std::uint8_t { nothing, multiply, divide };
  explicit Finish(double divisor) {
    if constexpr (std::is_floating_point_v<A>) {
      if (divisor == 1) return;
      factor = static_cast<A>(divisor);
      step = Step::divide;
      if (!is_power_of_two(factor) || !(factor > A(1e-30) && factor < A(1e30))) return;
      factor = 1 / factor;
      step = Step::multiply;
    }
  }
  A operator()(A value, Step known) const {
    if (known == Step::multiply) return static_cast<A>(value * factor);
    if (known == Step::divide) return static_cast<A>(value / factor);
    return value;
  }
  Step step = Step::nothing;
  A factor = 1;
};

// Calls f with the step as a constant, so that loops need not ask.
template <class A, class F>
void visit_step(const Finish<A>& last, F&& f) {
  using Step = typename Finish<A>::Step;
  if constexpr (std::is_floating_point_v<A>) {
    if (last.step == Step::multiply) return f(std::integral_constant<Step, Step::multiply>{});
    if (last.step == Step::divide) return f(std::integral_constant<Step, Step::divide>{});
  }
  f(std::integral_constant<Step, Step::nothing>{});
}

template <ReduceOp::Kind kind, class In>
class Tree {
 public:
  using A = typename Accumulator<In>::type;

  Tree(std::span<const std::byte* const> inputs, std::size_t begin, std::size_t count)
      : inputs_(inputs), begin_(begin), count_(count) {}

  // Combines inputs [lo, hi) into out.
  void reduce(std::size_t lo, std::size_t hi, A* __restrict out) const {
    const In* __restrict a = at(lo);
    if (hi - lo == 1) {
#pragma omp simd
      for (std::size_t i = 0; i < count_; ++i) out[i] = load(a[i]);
    } else if (hi - lo == 2) {
      const In* __restrict b = at(lo + 1);
#pragma omp simd
      for (std::size_t i = 0; i < count_; ++i) out[i] = join<kind>(load(a[i]), load(b[i]));
    } else if (hi - lo == 4) {
      const In* __restrict b = at(lo + 1), * __restrict c = at(lo + 2), * __restrict d = at(lo + 3);
#pragma omp simd
      for (std::size_t i = 0; i < count_; ++i)
        out[i] = join<kind>(join<kind>(load(a[i]), load(b[i])), join<kind>(load(c[i]), load(d[i])));
    } else {
      const std::size_t middle = canonical_middle(lo, hi);
      alignas(64) A upper[tile];
      reduce(lo, middle, out);
      reduce(middle, hi, upper);
#pragma omp simd
      for (std::size_t i = 0; i < count_; ++i) out[i] = join<kind>(out[i], upper[i]);
    }
  }

 private:
  const In* at(std::size_t k) const {
    return reinterpret_cast<const In*>(inputs_[k]) + begin_;
  }

  std::span<const std::byte* const> inputs_;
  std::size_t begin_, count_;
};

template <class A>
void finish(A* sums, std::size_t count, const Finish<A>& last) {
  if (last.step == Finish<A>::Step::nothing) return;
  visit_step(last, [&](auto step) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) sums[i] = last(sums[i], step);
  });
}

template <ReduceOp::Kind kind, class In, class Out>
void reduce_as(const ManyBlocks& blocks, double divisor, Stores stores) {
  using A = typename Accumulator<In>::type;
  const Finish<A> last(divisor);
  alignas(64) A sums[tile];
  alignas(64) Out rounded[tile];
  for (std::size_t begin = 0; begin < blocks.count; begin += tile) {
    const std::size_t count = std::min(tile, blocks.count - begin);
    Tree<kind, In>(blocks.inputs, begin, count).reduce(0, blocks.inputs.size(), sums);
    finish(sums, count, last);
    const void* result = sums;
    if constexpr (!std::is_same_v<A, Out>) {
#pragma omp simd
      for (std::size_t i = 0; i < count; ++i) store(rounded[i], round_to(sums[i], Out{}));
      result = rounded;
    }
    for (std::byte* output : blocks.outputs) {
      std::byte* to = output + begin * sizeof(Out);
      if (stores == Stores::streaming)
        streaming_copy(to, result, count * sizeof(Out));
      else
        std::memcpy(to, result, count * sizeof(Out));
    }
  }
}

// Two ranks, by far the most frequent case, in one pass without a tile between. (All by value: what
// a store might change is loaded again for every element, and the loops are no vector code.)
template <ReduceOp::Kind kind, class In, class Out, class A, class Step>
void reduce_pair(const In* a, const In* b, Out* x, Out* y, std::size_t count, Finish<A> last,
                 Step step) {
  if (x == y) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i)
      store(x[i], round_to(last(join<kind>(load(a[i]), load(b[i])), step), Out{}));
  } else {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
      const Out result = round_to(last(join<kind>(load(a[i]), load(b[i])), step), Out{});
      store(x[i], result);
      store(y[i], result);
    }
  }
}

// The same for halves, two in a word: so nothing has to be moved between lanes of 16 and of 32
// bits.
template <ReduceOp::Kind kind, class H, class Step>
void reduce_halves(const H* a, const H* b, H* x, H* y, std::size_t count, Finish<float> last,
                   Step step) {
  const auto half = [=](std::uint32_t p, std::uint32_t q) __attribute__((always_inline)) {
    return narrow_bits(last(join<kind>(widen_bits(p, H{}), widen_bits(q, H{})), step), H{});
  };
  const std::size_t words = count / 2;
#pragma omp simd
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t p, q;
    std::memcpy(&p, a + 2 * i, sizeof p);
    std::memcpy(&q, b + 2 * i, sizeof q);
    const std::uint32_t result = half(p & 0xffffu, q & 0xffffu) | half(p >> 16, q >> 16) << 16;
    std::memcpy(x + 2 * i, &result, sizeof result);
    std::memcpy(y + 2 * i, &result, sizeof result);  // of one output, the same bytes once more
  }
  if (count % 2 > 0)
    x[count - 1].bits = y[count - 1].bits =
        static_cast<std::uint16_t>(half(a[count - 1].bits, b[count - 1].bits));
}

template <ReduceOp::Kind kind, class In, class Out>
void reduce_typed(const ManyBlocks& blocks, double divisor, Stores stores) {
  if (blocks.inputs.size() != 2 || blocks.outputs.size() > 2 || stores != Stores::ordinary)
    return reduce_as<kind, In, Out>(blocks, divisor, stores);
  const auto input = [&](int i) { return reinterpret_cast<const In*>(blocks.inputs[i]); };
  const auto output = [](std::byte* p) { return reinterpret_cast<Out*>(p); };
  const Finish<typename Accumulator<In>::type> last(divisor);
  Out *first = output(blocks.outputs.front()), *second = output(blocks.outputs.back());
  visit_step(last, [&](auto step) {
    if constexpr (sizeof(In) == 2 && sizeof(Out) == 2)
      reduce_halves<kind>(input(0), input(1), first, second, blocks.count, last, step);
    else
      reduce_pair<kind>(input(0), input(1), first, second, blocks.count, last, step);
  });
}

template <class In, class Out>
Reduction of_kind(ReduceOp::Kind kind) {
  Reduction found = nullptr;
  visit_kind(kind, [&]<ReduceOp::Kind k>() { found = reduce_typed<k, In, Out>; });
  return found;
}

}  // namespace

Reduction reduction_of(Dtype in, Dtype out, ReduceOp::Kind kind) {
  const auto half = [&]<class H>() {
    if (in == Dtype::f32) return of_kind<float, H>(kind);
    if (out == Dtype::f32) return of_kind<H, float>(kind);
    return of_kind<H, H>(kind);
  };
  for (Dtype dtype : {in, out}) {
    if (dtype == Dtype::f16) return half.template operator()<f16>();
    if (dtype == Dtype::bf16) return half.template operator()<bf16>();
  }
  return visit_arithmetic(in, "reduce", [&]<class T>() { return of_kind<T, T>(kind); });
}

void reduce_many(const ManyBlocks& blocks, ReduceOp::Kind kind, double divisor, Stores stores) {
  reduction_of(blocks.in, blocks.out, kind)(blocks, divisor, stores);
}

}  // namespace tutti
