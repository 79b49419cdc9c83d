#include "comm/node/waiting.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace tutti {
namespace {

// The least of several measurements: other programs can only make them longer.
double nanoseconds_of_pause() {
  constexpr int pauses = 64;
  double least = 1e9;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < pauses; ++k) spin_pause();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    least = std::min(least, spent.count() / pauses);
  }
  return std::max(least, 0.5);
}

}  // namespace

int pauses_in(std::chrono::nanoseconds time) {
  static const double one = nanoseconds_of_pause();
  return static_cast<int>(static_cast<double>(time.count()) / one);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen,
                std::chrono::microseconds limit) {
  const timespec time{limit.count() / 1'000'000, limit.count() % 1'000'000 * 1000};
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT, seen, &time, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, 1 << 30, nullptr, nullptr,
          0);
}

}  // namespace tutti
