// Memory of equal size on every rank of a node, each part mapped by all of them.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "comm/node/mapping.h"
#include "tutti/comm/transport.h"

namespace tutti {

struct SymmetricArea {
  std::shared_ptr<Mapping> mapping;
  std::size_t lead = 0;  ///< before the first part; holds the mapping's token
  std::size_t stride = 0;
  std::size_t bytes = 0;  ///< of one rank
  std::uint64_t id = 0;
  std::byte* part(int member) const {
    return mapping->data() + lead + stride * static_cast<std::size_t>(member);
  }
};

/// A place in a symmetric area, valid while the block that was asked for is; nowhere when `area` is
/// null.
struct SymmetricPlace {
  const SymmetricArea* area = nullptr;
  std::size_t offset = 0;
  /// Equal on all ranks exactly when they name the same place.
  std::uint64_t key() const { return area ? area->id << 40 | (offset + 1) : 0; }
  std::byte* at(int member) const { return area->part(member) + offset; }
};

/// Those that a rank knows. Any thread may look for a place.
class SymmetricAreas {
 public:
  /// Collective over the ranks of `wires`, of which `ranks` stand on this node, this one as the
  /// me-th. `bytes` of each rank, zero; null on all where a rank stands alone or a system refuses.
  std::shared_ptr<const SymmetricArea> allocate(Transport& wires, std::span<const int> ranks,
                                                int me, std::size_t bytes);
  SymmetricPlace place(const void* data, std::size_t bytes);

 private:
  struct KnownArea {
    const std::byte *begin, *end;  ///< of this rank's part
    const SymmetricArea* area;     ///< valid while its owner is
    std::weak_ptr<const SymmetricArea> owner;
  };
  std::uint64_t allocations_ = 0;
  std::mutex mutex_;  ///< guards what follows
  std::vector<KnownArea> areas_;
};

}  // namespace tutti
