// An all-reduce to be done, as the choice of an algorithm sees it.
#pragma once

#include <cstdint>

#include "tutti/base/block.h"
#include "tutti/comm/reduce_op.h"

namespace tutti {

/// Which order of combination a caller accepts.
enum class Order : std::uint8_t { canonical, any };

/// Whether all ranks of a node can reach each other's blocks.
enum class Memory : std::uint8_t { heap, symmetric };

/// How the ranks of a communicator are spread over machines.
struct Layout {
  int nodes = 1;
  int per_node = 0;         ///< ranks on every node; 0 where nodes differ
  bool contiguous = false;  ///< every node holds consecutive ranks
  bool shared = false;      ///< ranks of a node share memory
  bool vendor = false;      ///< the transport has an all-reduce of its own
  /// Ranks of a node may read and write each other's ordinary memory.
  bool cross_memory = false;
};

/// Identical on all ranks.
struct Problem {
  int ranks;
  std::size_t count;
  Dtype dtype;
  ReduceOp op;
  Order order;
  Layout layout{};
  Memory memory = Memory::heap;
  DeviceKind device = DeviceKind::cpu;

  std::size_t bytes() const { return count * size_of(dtype); }
  /// All ranks stand on one node and share its memory.
  bool in_one_node() const {
    return layout.shared && layout.nodes == 1 && device == DeviceKind::cpu;
  }
};

}  // namespace tutti
