// The one owner of memory.
#pragma once

#include <atomic>
#include <memory>

#include "tutti/base/block.h"
#include "tutti/device/device.h"

namespace tutti {

/// A shared handle on `bytes` bytes of a device's memory, aligned to 64. Contents start undefined.
class Buffer {
 public:
  Buffer() = default;
  Buffer(std::size_t bytes, Device device)
      : state_(std::make_shared<State>(bytes, std::move(device))) {}

  /// Memory that somebody else owns (symmetric memory, a mapped file): `owner` is kept until the
  /// last handle is gone. `device` is where results computed from it are allocated.
  static Buffer adopt(Block block, std::shared_ptr<void> owner, Device device) {
    Buffer buffer;
    buffer.state_ = std::make_shared<State>(block, std::move(owner), std::move(device));
    return buffer;
  }

  /// `bytes` bytes of this one from `offset` on, with a count of writes of their own: a member of a
  /// bucket. Keeps this buffer's memory.
  Buffer part(std::size_t offset, std::size_t bytes) const {
    Block block{static_cast<std::byte*>(data()) + offset, bytes, Dtype::u8, device().id()};
    return adopt(block, state_, device());
  }

  /// How often the contents were written, or handed out to be written.
  std::uint64_t version() const { return state_->version.load(std::memory_order_relaxed); }
  void count_write() const { state_->version.fetch_add(1, std::memory_order_relaxed); }

  explicit operator bool() const { return state_ != nullptr; }
  void* data() const { return state_->data; }
  std::size_t bytes() const { return state_->bytes; }
  const Device& device() const { return state_->device; }

 private:
  struct State {
    State(std::size_t size, Device where)
        : device(std::move(where)), bytes(size), data(device.allocator().allocate(size)) {}
    State(Block block, std::shared_ptr<void> keeper, Device where)
        : device(std::move(where)),
          bytes(block.bytes()),
          data(block.data),
          owner(std::move(keeper)),
          adopted(true) {}
    ~State() {
      if (!adopted) device.allocator().free(data, bytes);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    Device device;
    std::size_t bytes;
    void* data;
    std::shared_ptr<void> owner;
    bool adopted = false;
    std::atomic<std::uint64_t> version = 0;
  };
  std::shared_ptr<State> state_;
};

}  // namespace tutti
