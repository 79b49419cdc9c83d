// The memory in which simulated ranks receive what they are about to combine.
#pragma once

#include <map>
#include <vector>

#include "tutti/comm/simulated.h"
#include "tutti/device/device.h"

namespace tutti {

/// Where the ranks' communicators take their scratch memory from. Outlived by what it handed out
/// only as far as the devices keep it.
class ScratchMemory {
 public:
  explicit ScratchMemory(Payload payload) : payload_(payload) {}

  void* acquire(std::size_t bytes);
  void release(void* data) noexcept;
  /// Whether `data` points into it.
  bool contains(const void* data) const;

 private:
  struct Piece {
    Buffer buffer;
    int uses = 0;
  };
  Payload payload_;
  std::map<const std::byte*, Piece> pieces_;
};

/// A CPU device whose memory comes from there.
Device scratch_device(std::shared_ptr<ScratchMemory> memory);

}  // namespace tutti
