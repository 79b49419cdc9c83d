// A collective that was started and may still be on its way.
#pragma once

#include <memory>

namespace tutti {

/// A handle on an asynchronous call; it can be moved, not copied. The blocks passed to the call are
/// borrowed until wait() returns or throws.
///
/// A handle that is destroyed, or assigned to, before the call is done blocks until nothing writes
/// into its blocks any more: until the call is done or has failed, while the stack is unwound for
/// an exception until this rank has left it. Then, and where the call has not begun because the MPI
/// library allows no threads, its communicator is given up: later calls on it throw. Nothing is
/// started by it. Calls that keep their own memory, as those of tensors do, are let go.
class [[nodiscard]] Work {
 public:
  /// Work that is done.
  Work() = default;
  Work(Work&&) noexcept = default;
  Work& operator=(Work&& other) noexcept {
    release();
    state_ = std::move(other.state_);
    return *this;
  }
  ~Work() { release(); }

  /// Blocks until the call is complete; rethrows what it threw, every time. For blocks on a CUDA
  /// device, work given from now on to the stream that was passed sees the result. Where
  /// the MPI library allows no threads, the call happens here.
  void wait();
  /// Whether wait() would return, or throw, without blocking. Where the MPI library allows no
  /// threads, not before wait() has been called.
  bool done() const;
  /// The call keeps `memory`, in which its blocks lie, for as long as it needs it.
  void keep(std::shared_ptr<const void> memory);

  struct State;
  explicit Work(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  void release() noexcept;
  std::shared_ptr<State> state_;
};

}  // namespace tutti
