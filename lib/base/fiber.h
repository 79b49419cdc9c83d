// A function with a stack of its own, that can be left in the middle and entered again.
#pragma once

#include <array>
#include <cstddef>
#include <functional>

#include "base/context.h"

namespace tutti {

/// Runs on the thread that resumes it. Must have ended when destroyed.
class Fiber {
 public:
  /// `body` must not throw.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Enters the fiber; returns when it pauses or ends.
  void resume();
  /// Leaves the fiber, from inside.
  void pause();
  bool ended() const { return ended_; }

 private:
  static void enter(void* fiber);

  // What the C++ runtime keeps per thread of exceptions on their way: each side has its own.
  struct Exceptions {
    std::array<std::byte, 2 * sizeof(void*)> state{};
    void swap_with_thread();
  };

  std::function<void()> body_;
  void* stack_ = nullptr;
  Context inside_;
  Context outside_;
  Exceptions exceptions_;
  bool ended_ = false;
  // For sanitizers, which must be told of every change of the stack.
  void* tsan_inside_ = nullptr;
  void* tsan_outside_ = nullptr;
  void* asan_inside_ = nullptr;
  void* asan_outside_ = nullptr;
  const void* outside_stack_ = nullptr;
  std::size_t outside_bytes_ = 0;
};

}  // namespace tutti
