// The least loads and stores of a collective, by all ranks, without any synchronisation.
#pragma once

#include "buffers.h"

namespace tutti::bench {

/// Rooms through which ranks with ordinary memory see each other's bytes; small enough to stay in
/// their caches.
class FloorRooms {
 public:
  static constexpr std::size_t bytes = 64 << 10;

  /// Collective.
  explicit FloorRooms(Communicator& world);
  /// Whether the ranks share memory: there is no floor without it.
  bool shared() const { return !inputs_.empty(); }
  std::byte* input(int member) const { return inputs_[static_cast<std::size_t>(member)]; }
  std::byte* result(int member) const { return inputs_[static_cast<std::size_t>(member)] + bytes; }

 private:
  Buffer own_;
  std::vector<std::byte*> inputs_;
};

/// Whether all ranks see both blocks of the call.
Memory in_symmetric_memory(const Communicator& world, const Call& call);

/// In symmetric memory: this rank's share, loaded from all inputs and stored into all outputs. In
/// ordinary memory: what others reduce goes through the rooms, and so does what they have reduced.
Work all_reduce_floor(Communicator& world, const Call& call, const FloorRooms& rooms,
                      bool streaming);

/// The floor of a collective's row, for this rank's call in `buffers`. Empty where none is defined:
/// on one rank, between nodes, and in ordinary memory but for all_reduce.
Work floor_of(const Collective& collective, Communicator& world, const Buffers& buffers,
              const Case& what, const FloorRooms& rooms, bool streaming);

}  // namespace tutti::bench
