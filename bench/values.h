// Inputs whose reductions are exact in every dtype and order, and the comparison with them.
#pragma once

#include "collective.h"

namespace tutti::bench {

/// The inputs of one case: small whole numbers, repeated after a prime number of elements, so that
/// blocks are filled and compared at the speed of memory, and no piece of a block looks like its
/// neighbour.
class Values {
 public:
  explicit Values(const Case& what) : what_(what) {}

  /// Fills a block with the input of `rank`.
  void fill(Block block, int rank) const;
  /// Fills a block with what no result has.
  static void poison(Block block);
  /// How many elements of a block differ, in any bit, from the result.
  std::uint64_t wrong(Block block, const Result& result) const;

 private:
  Case what_;
};

}  // namespace tutti::bench
