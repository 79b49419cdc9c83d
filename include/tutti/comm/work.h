// A collective that was started and may still be on its way.
#pragma once

#include <memory>

namespace tutti {

/// A shared handle on an asynchronous call. The blocks passed to the call stay borrowed until
/// wait() returns or throws. Dropping the handle neither waits nor cancels.
class Work {
 public:
  /// Work that is done.
  Work() = default;

  /// Blocks until the call is complete; rethrows what it threw, every time. For blocks on a CUDA
  /// device, work given from now on to the stream that was passed sees the result. Where
  /// the MPI library allows no threads, the call happens here.
  void wait();
  /// Whether wait() would return, or throw, without blocking. Where the MPI library allows no
  /// threads, not before wait() has been called.
  bool done() const;

  struct State;
  explicit Work(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tutti
