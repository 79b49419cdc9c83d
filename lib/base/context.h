// Leaving one stack for another.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace tutti {

/// The place where a stack was left, or where it will be entered.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// To be entered by a call of enter(argument), which must not return, on the `bytes` bytes that
  /// end at a multiple of 16.
  void prepare(void* stack, std::size_t bytes, void (*enter)(void*), void* argument);
  /// Leaves the stack here, and goes on where `to` was left. Returns when somebody comes back.
  void leave_for(Context& to);

 private:
#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;
#else
  ucontext_t state_{};
#endif
};

}  // namespace tutti
