// Short blocks of a collective in one node: every rank shows its own, and takes what it needs.
#pragma once

#include <cstring>
#include <vector>

#include "comm/communicator_state.h"
#include "comm/node/slots.h"
#include "comm/parts.h"

namespace tutti {

/// Whether show_to_all() can take `largest`, the largest block that any rank may show.
inline bool can_show_to_all(const Communicator& self, const Block& largest) {
  const NodeMemory* node = self.state().node;
  return node && self.size() > 1 && node->members() == self.size() &&
         largest.device.kind == DeviceKind::cpu && largest.bytes() <= SlotRound::most_bytes;
}

/// Whether a rooted collective should: its ranks then wait for more ranks than they need, which
/// takes too long where those have no core of their own.
inline bool should_show_to_all(const Communicator& self, const Block& largest) {
  return can_show_to_all(self, largest) && !self.state().node->crowded();
}

/// Collective, once in a call: shows `mine` to all ranks, and returns what they show when all have
/// come. What stands in the slots is valid until the next call.
inline SlotRound show_to_all(const Communicator& self, const Block& mine) {
  NodeMemory& node = *self.state().node;
  const SlotRound shown(node);
  shown.show(mine.data, mine.bytes());
  shown.wait_for_all(node.movement_back_off, [](int) { return std::span<const std::byte>(); });
  shown.take_back(mine.bytes());
  return shown;
}

/// The same where `root` alone has something to show.
inline SlotRound show_from_root(const Communicator& self, Block from_root, int root) {
  if (self.rank() != root) from_root.count = 0;
  return show_to_all(self, from_root);
}

/// Where another rank shows a block like this one.
inline Block shown_by(int rank, const SlotRound& shown, Block like) {
  like.data = shown.block(rank, like.bytes());
  return like;
}

/// The blocks of all ranks in their order: this one's own where it lies.
inline std::vector<Block> shown_by_all(const Communicator& self, const SlotRound& shown,
                                       const Block& mine) {
  std::vector<Block> blocks;
  blocks.reserve(static_cast<std::size_t>(self.size()));
  for (int rank = 0; rank < self.size(); ++rank)
    blocks.push_back(rank == self.rank() ? mine : shown_by(rank, shown, mine));
  return blocks;
}

inline void take_shown(const Block& to, const Block& from) {
  if (to.count > 0) std::memcpy(to.data, from.data, to.bytes());
}

/// Copies what each other rank shows, its part of `all`, to its place.
inline void take_parts(const Communicator& self, const SlotRound& shown, const Parts& parts,
                       const Block& all) {
  for (int rank = 0; rank < self.size(); ++rank) {
    const Block part = parts.of(all, rank);
    if (rank != self.rank()) take_shown(part, shown_by(rank, shown, part));
  }
}

}  // namespace tutti
