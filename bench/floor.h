// The least loads and stores of a collective, by all ranks, without any synchronisation.
#pragma once

#include "buffers.h"

namespace tutti::bench {

/// Rooms through which ranks with ordinary memory see each other's bytes: places in areas larger
/// than a core's caches, taken in turn, as the library takes its own. Each kind of store has an
/// area, so that neither finds what the other has left in the caches.
class FloorRooms {
 public:
  static constexpr std::size_t chunk_bytes = 64 << 10;  ///< of the largest room

  /// Collective.
  explicit FloorRooms(Communicator& world);
  /// Whether the ranks share memory: there is no floor without it.
  bool shared() const { return !areas_.empty(); }
  /// The next place in the area of `stores`, the same on every rank that takes as many bytes.
  std::size_t take(Stores stores, std::size_t bytes);
  std::byte* at(int member, std::size_t place) const {
    return areas_[static_cast<std::size_t>(member)] + place;
  }

 private:
  static constexpr std::size_t area_bytes = 2 << 20;  // of one kind
  Buffer own_;
  std::vector<std::byte*> areas_;
  std::size_t next_[2] = {};
};

/// Whether all ranks see both blocks of the call.
Memory in_symmetric_memory(const Communicator& world, const Call& call);

/// In symmetric memory: this rank's share, loaded from all inputs and stored into all outputs. In
/// ordinary memory: what others reduce goes through the rooms, and so does what they have
/// reduced.
Work all_reduce_floor(Communicator& world, const Call& call, FloorRooms& rooms, Stores stores);

/// The floor of a collective's row, for this rank's call in `buffers`. Empty where none is defined:
/// on one rank, between nodes, and in ordinary memory but for all_reduce.
Work floor_of(const Collective& collective, Communicator& world, const Buffers& buffers,
              const Case& what, FloorRooms& rooms, Stores stores);

}  // namespace tutti::bench
