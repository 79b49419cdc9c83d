// What a machine was measured to take for the steps of all-reduce algorithms.
#pragma once

#include <cstddef>

namespace tutti {

/// Equal on all ranks of a communicator.
struct CostModel {
  /// Bytes from which direct stores past the caches.
  std::size_t streaming_from = std::size_t{16} << 20;
};

}  // namespace tutti
