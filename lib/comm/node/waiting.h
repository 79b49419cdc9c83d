// How a rank of a node waits for words that others write: spin, give way, sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tutti {

/// Sleeps until `word` is no longer `seen`, it is woken, or `limit` has passed. The word may be
/// shared with other processes.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen,
                std::chrono::microseconds limit);
void futex_wake(std::atomic<std::uint32_t>& word);

inline void spin_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

/// How many pauses last so long on this processor: they take 3 to 50 ns.
int pauses_in(std::chrono::nanoseconds time);

/// A reference to something callable, without a copy of it.
class Condition {
 public:
  template <class F>
  explicit Condition(F& f) : object_(&f), call_([](void* o) { return (*static_cast<F*>(o))(); }) {}
  bool operator()() const { return call_(object_); }

 private:
  void* object_;
  bool (*call_)(void*);
};

}  // namespace tutti
