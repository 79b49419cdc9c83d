// Short blocks of a collective in one node: every rank shows its own, and takes what it needs.
#pragma once

#include "comm/communicator_state.h"
#include "comm/node/slots.h"

namespace tutti {

/// Whether show_to_all() can take `largest`, the largest block that any rank may show.
inline bool can_show_to_all(const Communicator& self, const Block& largest) {
  const NodeMemory* node = self.state().node;
  return node && self.size() > 1 && node->members() == self.size() &&
         largest.device.kind == DeviceKind::cpu && largest.bytes() <= SlotRound::most_bytes;
}

/// Collective, once in a call: shows `mine` to all ranks, and returns what they show when all have
/// come. shown.block(rank, bytes) of another rank is valid until the next call.
inline SlotRound show_to_all(const Communicator& self, const Block& mine) {
  NodeMemory& node = *self.state().node;
  const SlotRound shown(node);
  shown.show(mine.data, mine.bytes());
  shown.wait_for_all(node.movement_back_off, [](int) { return std::span<const std::byte>(); });
  shown.take_back(mine.bytes());
  return shown;
}

}  // namespace tutti
