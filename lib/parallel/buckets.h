// Contiguous memory for gradients, one copy for each level of the sum over a rank's shards.
#pragma once

#include <source_location>
#include <vector>

#include "tutti/autograd/variable.h"
#include "tutti/comm/communicator.h"

namespace tutti::parallel {

/// Some parameters' gradients behind each other, each aligned to 64 bytes.
struct Bucket {
  std::vector<std::size_t> members;  ///< positions in the parameter list
  std::vector<Tensor> levels;        ///< one flat accumulator per level
  std::size_t missing = 0;           ///< gradients that this shard's backward still owes
};

/// Fills buckets from the last parameter backwards, the order in which gradients become ready, and
/// closes one at `bucket_bytes` or when dtype or device change. views[level][i] is parameter i's
/// place.
struct Buckets {
  /// Collective: the first `shared` of the levels, which are all-reduced, lie in symmetric memory
  /// of `communicator`.
  Buckets(Communicator& communicator, const std::vector<Parameter>& parameters,
          std::size_t bucket_bytes, int levels, int shared, const std::source_location& site);

  std::vector<Bucket> list;
  std::vector<std::size_t> bucket_of;  ///< by parameter
  std::vector<std::vector<Tensor>> views;
};

}  // namespace tutti::parallel
