// A handle on a processor: its allocator and its compute stream.
#pragma once

#include <memory>
#include <string_view>

#include "tutti/device/allocator.h"
#include "tutti/device/stream.h"

namespace tutti {

/// A shared handle, cheap to copy. What was allocated from a device keeps it alive. Two CPU handles
/// name the same memory space and differ in their allocator only; data moves between them for free.
class Device {
 public:
  /// The CPU, with an allocator of its own.
  Device();
  /// The CPU, with the allocator that all of this process share: where things go that name no
  /// device. What it holds stays cached; a Device() of its own gives memory back and can be
  /// counted.
  static Device cpu();
  /// The CUDA device with this index among those visible to the process. Error where there is none.
  static Device cuda(int index = 0);

  DeviceId id() const { return state_->id; }
  bool is_cpu() const { return state_->id.kind == DeviceKind::cpu; }
  const Stream& stream() const { return state_->stream; }
  CachingAllocator& allocator() const { return state_->allocator; }
  const std::shared_ptr<void>& owner() const { return state_->owner; }
  /// Returns when all work given to this device's stream has happened.
  void synchronize() const { tutti::synchronize(stream()); }

  /// Calls f with the alternative that the stream holds: how an op chooses its backend.
  template <class F>
  decltype(auto) dispatch(F&& f) const {
    return std::visit(std::forward<F>(f), state_->stream);
  }

  struct State {
    DeviceId id;
    Stream stream;
    CachingAllocator allocator;
    std::shared_ptr<void> owner;  ///< destroys the stream
  };
  explicit Device(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

/// CUDA devices visible to this process; 0 in a build without CUDA or where no driver runs.
int cuda_device_count();

/// "cpu", "cuda", "cuda:1" or "auto" (CUDA when there is one, else the CPU). `preferred` is the
/// index that "cuda" and "auto" mean, taken modulo the number of devices. Error naming what is
/// there.
Device device_from_name(std::string_view name, int preferred = 0);

}  // namespace tutti
