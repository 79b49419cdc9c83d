// The wait before the first look, on a clock of the test's own.
#include "comm/node/back_off.h"

#include <cstdlib>
#include <set>

#include "support/catch.h"

using namespace tutti;

namespace {

struct Clock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<Clock, duration>;
  static inline time_point moment{};
  static time_point now() { return moment; }
};

// The waits that `rounds` rounds took, each of which lasts longer the further its wait is from
// `best`; now and then one is interrupted for long.
std::multiset<int> waits_of(BackOff<Clock>& back_off, int best, int rounds) {
  std::multiset<int> waits;
  for (int i = 0; i < rounds; ++i) {
    back_off.pause();
    waits.insert(back_off.pauses());
    Clock::moment += std::chrono::nanoseconds(100 + 10 * std::abs(back_off.pauses() - best));
    if (i % 37 == 0) Clock::moment += std::chrono::microseconds(50);
  }
  return waits;
}

}  // namespace

TEST_CASE("a rank backs off for as long as rounds are shortest", "[comm]") {
  BackOff<Clock> back_off;
  const int step = back_off.pauses();
  const int rounds = 20000;
  for (int best : {step, 2 * step, 4 * step, step}) {
    waits_of(back_off, best, rounds);  // for the change to be seen
    const std::multiset<int> waits = waits_of(back_off, best, rounds);
    INFO("best " << best << ", step " << step);
    CHECK(waits.count(best) > 0.97 * rounds);
    CHECK(waits.upper_bound(4 * step) == waits.end());
  }
}
