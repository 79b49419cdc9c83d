// Checks that every rank of a communicator runs together. They raise Error: Catch2's macros are not
// for several threads.
#pragma once

#include "reference.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"

namespace tutti::test {

inline Problem problem_on(const Communicator& c, std::size_t count) {
  return {c.size(), count, Dtype::f32, ReduceOp::sum(), Order::any, c.layout()};
}

/// Whether a row can reduce `count` f64 in ordinary memory.
inline bool fits(const Communicator& c, const Algorithm& row, std::size_t count = 1000) {
  return row.fits(problem_on(c, 2 * count));
}

template <class T>
void check_whole(Communicator& c, std::string_view algorithm, ReduceOp op, std::size_t count) {
  auto data = fill<T>(whole<T>, c.rank(), count);
  all_reduce(c, block_of(data.data(), count), op, {.algorithm = algorithm});
  for (std::size_t i = 0; i < count; ++i) {
    T expected = reduced_whole<T>(op, c.size(), i);
    if (!(data[i] == expected))
      raise(algorithm, ", ", dtype_of<T>(), ", op ", static_cast<int>(op.kind), ", ", c.size(),
            " ranks, count ", count, ": found ", +data[i], " at ", i, ", expected ", +expected);
  }
}

/// Random numbers: the canonical bits, or a sum whose error is below that of any order of adding.
template <class T>
void check_random(Communicator& c, const Algorithm& row, ReduceOp op, std::size_t count) {
  auto data = fill<T>(random<T>, c.rank(), count);
  all_reduce(c, block_of(data.data(), count), op, {.algorithm = row.name});
  const double divisor = op.for_ranks(c.size()).divisor;
  std::vector<T> x(c.size());
  for (std::size_t i = 0; i < count; ++i) {
    long double exact = 0, magnitude = 0;
    for (int r = 0; r < c.size(); ++r) {
      x[r] = random<T>(r, i);
      exact += x[r];
      magnitude += std::fabs(x[r]);
    }
    T canonical = canonical_sum(x, 0, x.size()) / static_cast<T>(divisor);
    // P - 1 additions and a division round once each, by at most eps/2 of a partial sum.
    long double bound = c.size() * std::numeric_limits<T>::epsilon() * magnitude / divisor;
    const bool exact_bits = row.canonical(problem_on(c, count));
    bool good =
        exact_bits ? same_bits(data[i], canonical) : std::fabs(data[i] - exact / divisor) <= bound;
    if (!good)
      raise(row.name, ", ", dtype_of<T>(), ", ", c.size(), " ranks, count ", count, ": found ",
            data[i], " at ", i, ", expected ", canonical, exact_bits ? " exactly" : " nearly");
  }
}

/// Everything about one row but long blocks.
inline void check_row(Communicator& c, const Algorithm& row) {
  const std::size_t ranks = c.size();
  for (std::size_t count :
       {std::size_t{0}, std::size_t{1}, ranks - 1, ranks, ranks + 1, std::size_t{1000}}) {
    for (ReduceOp op : {ReduceOp::sum(), ReduceOp::min(), ReduceOp::max(), ReduceOp::product()}) {
      check_whole<float>(c, row.name, op, count);
      check_whole<double>(c, row.name, op, count);
      check_whole<std::int32_t>(c, row.name, op, count);
      check_whole<std::int64_t>(c, row.name, op, count);
      check_whole<std::uint8_t>(c, row.name, op, count);
    }
    for (ReduceOp op : {ReduceOp::average(), ReduceOp::sum_over(7)}) {
      check_whole<float>(c, row.name, op, count);
      check_whole<double>(c, row.name, op, count);
      check_random<float>(c, row, op, count);
      check_random<double>(c, row, op, count);
    }
    check_random<float>(c, row, ReduceOp::sum(), count);
    check_random<double>(c, row, ReduceOp::sum(), count);
  }
}

}  // namespace tutti::test
