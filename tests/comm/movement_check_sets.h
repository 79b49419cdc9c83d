// The counts with which every movement is checked.
#pragma once

#include "movement_checks.h"

namespace tutti::test {

/// All calls of one size.
inline void check_movement(const Movement& m) {
  check_all_gather(m);
  for (int root = 0; root < m.c.size(); ++root) {
    check_gather(m, root);
    check_scatter(m, root);
    check_broadcast(m, root);
  }
}

inline void check_movements(Communicator& c) {
  const auto ranks = static_cast<std::size_t>(c.size());
  for (Dtype dtype :
       {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i32, Dtype::i64, Dtype::u8}) {
    for (std::size_t count : {std::size_t{0}, ranks - 1, 12 * ranks + 1})
      check_movement({c, dtype, equal_counts(count, ranks), false});
    CountsOf counts(ranks);
    for (std::size_t r = 0; r < ranks; ++r) counts[r] = r * 5 % 4;  // some are 0
    check_movement({c, dtype, counts, true});
    check_all_to_all(
        c, dtype, [](int, int) { return 5; }, false);
    check_all_to_all(
        c, dtype, [](int a, int b) { return (3 * a + b) % 4; }, true);
  }
  // Long enough for the other algorithms; then all on the last rank.
  check_movement({c, Dtype::f32, equal_counts(50021, ranks), false});
  CountsOf counts(ranks);
  for (std::size_t r = 0; r < ranks; ++r) counts[r] = 4001 * (r % 3);
  check_movement({c, Dtype::f64, counts, true});
  std::ranges::fill(counts, 0);
  counts.back() = 33;
  check_movement({c, Dtype::i32, counts, true});
  check_all_to_all(
      c, Dtype::f32, [](int, int) { return 3001; }, false);
  check_all_to_all(  // in place, in several pieces
      c, Dtype::f16, [](int, int) { return 140'001; }, false);
  check_all_to_all(
      c, Dtype::u8, [](int a, int b) { return 10007 * ((a + 2 * b) % 3); }, true);
}

}  // namespace tutti::test
