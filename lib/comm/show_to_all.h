// Short blocks of a collective in one node: every rank shows its own, and takes what it needs.
#pragma once

#include "comm/communicator_state.h"
#include "comm/node/slots.h"

namespace tutti {

/// Whether show_to_all() can take blocks of at most `most` bytes a rank, on the device of `like`.
inline bool can_show_to_all(const Communicator& self, const Block& like, std::size_t most) {
  const NodeMemory* node = self.state().node;
  return node && self.size() > 1 && node->members() == self.size() &&
         like.device.kind == DeviceKind::cpu && most <= SlotRound::most_bytes;
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
