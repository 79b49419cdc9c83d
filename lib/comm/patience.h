// How a wait spends its time: spin, then give way, then sleep.
#pragma once

#include <sched.h>
#include <time.h>

#include <chrono>
#include <thread>

namespace tutti {

class Patience {
 public:
  /// Returns after a while that grows with the wait. True when it is time to look for failures.
  bool pause() {
    Clock::time_point now = Clock::now();
    if (now - start_ < std::chrono::microseconds(20)) return false;
    if (now - start_ < std::chrono::microseconds(500)) {
      sched_yield();
    } else {
      timespec nap{0, 50'000};
      nanosleep(&nap, nullptr);
    }
    if (now - looked_ < std::chrono::microseconds(100)) return false;
    looked_ = now;
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  Clock::time_point looked_ = start_;
};

/// Calls ready() until it is true or `limit` has passed; returns whether it was true. The limit is
/// counted in naps: where others crowd the processor, naps take longer, and so do the ranks waited
/// for.
template <class Ready>
bool wait_at_most(std::chrono::milliseconds limit, Ready ready) {
  constexpr auto nap = std::chrono::microseconds(200);
  for (auto left = limit / nap; !ready(); --left) {
    if (left == 0) return false;
    std::this_thread::sleep_for(nap);
  }
  return true;
}

}  // namespace tutti
