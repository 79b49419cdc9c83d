// Host copies of blocks in a GPU's memory, for transports that reach host memory only.
#pragma once

#include <vector>

#include "tutti/device/buffer.h"

namespace tutti {

/// The copies live as long as this object. Blocks on the CPU stand for themselves.
class Staging {
 public:
  Staging(const Device& host, const Stream& stream) : host_(host), stream_(stream) {}

  /// Room for `block` on the host.
  Block room_for(Block block) {
    if (block.device.kind == DeviceKind::cpu) return block;
    staged_ = true;
    Buffer& room = rooms_.emplace_back(block.bytes(), host_);
    return {room.data(), block.count, block.dtype, host_.id()};
  }
  /// Copies `block` to its room, in stream order.
  void load(Block room, Block block) { move(room, block); }
  void store(Block block, Block room) { move(block, room); }
  /// Returns when the copies have happened.
  void synchronize() {
    if (staged_) tutti::synchronize(stream_);
  }

 private:
  void move(Block to, Block from) {
    if (to.data != from.data) copy(stream_, to, from);
  }

  const Device& host_;
  const Stream& stream_;
  std::vector<Buffer> rooms_;
  bool staged_ = false;
};

}  // namespace tutti
