// What the tests of the CPU launchers share.
#pragma once

#include <cstring>
#include <vector>

#include "launch.h"
#include "support/catch.h"
#include "tutti/base/parallel_for.h"
#include "tutti/base/philox.h"

namespace tutti::test {

/// Whole numbers from -4 to 4: their products and sums are exact in f32 up to 2^24, so that any
/// order of summation must give the bits of the naive loop.
inline Tensor whole_numbers(const Shape& shape, Dtype dtype = Dtype::f32, std::uint64_t seed = 1) {
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = Philox(seed).at(0, i)[0] % 9 - 4.0;
  return Tensor::from(values, shape).to(dtype);
}

/// Numbers in [-1, 1) whose sums do round.
inline Tensor fractions(const Shape& shape, Dtype dtype = Dtype::f32, std::uint64_t seed = 2) {
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 2.0 * uniform_float(Philox(seed).at(0, i)[0]) - 1;
  return Tensor::from(values, shape).to(dtype);
}

/// Filled with a number that no launcher may leave behind.
inline Tensor unwritten(const Shape& shape, Dtype dtype = Dtype::f32) {
  return Tensor::full(shape, 777, dtype);
}

inline std::vector<double> numbers(const Tensor& x) {
  return x.to(Dtype::f64).to_vector<double>();
}

/// Does f(), which returns a tensor, give the same bits on 1, 2 and 4 threads?
template <class F>
bool same_bits_on_any_threads(F f) {
  const int before = thread_count();
  std::vector<Tensor> results;
  for (int threads : {1, 2, 4}) {
    set_thread_count(threads);
    results.push_back(f());
  }
  set_thread_count(before);
  auto equals_first = [&](const Tensor& x) {
    return std::memcmp(x.raw(), results[0].raw(), x.const_block().bytes()) == 0;
  };
  return equals_first(results[1]) && equals_first(results[2]);
}

}  // namespace tutti::test
