// How long a rank that has published something waits before it looks for what others publish at the
// same time.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include "comm/node/waiting.h"

namespace tutti {

/// Who looks too soon takes the line from its writer, who must fetch it once more; who looks too
/// late loses that time. How long a line takes from core to core differs by an order of magnitude,
/// and changes where virtual processors move: so waits are tried while running, now and then. All
/// ranks try the same ones at the same time, as all count the same rounds.
template <class Clock = std::chrono::steady_clock>
class BackOff {
 public:
  /// Once a round.
  void pause() {
    if (--rounds_left_ == 0) next_window();
    for (int i = pauses_; i > 0; --i) spin_pause();
  }
  int pauses() const { return pauses_; }

 private:
  static constexpr std::array waits = {1, 2, 4};
  static constexpr unsigned windows = 4 * waits.size();  // each wait has some, in turn
  static constexpr unsigned rounds = 8;                  // of a window
  static constexpr unsigned rounds_between_trials = 1 << 13;

  void next_window() {
    const auto now = Clock::now();
    if (tried_ == 0)
      shortest_.fill(Clock::duration::max());
    else
      shortest() = std::min(shortest(), now - began_);
    began_ = now;
    const bool ends = tried_ == windows;
    const auto wait = ends ? std::ranges::min_element(shortest_) - shortest_.begin()
                           : static_cast<std::ptrdiff_t>(tried_ % waits.size());
    pauses_ = waits[static_cast<std::size_t>(wait)] * step_;
    rounds_left_ = ends ? rounds_between_trials : rounds;
    tried_ = ends ? 0 : tried_ + 1;
  }
  // Of the wait in the window that has ended.
  typename Clock::duration& shortest() { return shortest_[(tried_ - 1) % waits.size()]; }

  unsigned rounds_left_ = 1;
  int step_ = std::max(1, pauses_in(std::chrono::nanoseconds(30)));
  int pauses_ = step_;
  unsigned tried_ = 0;  ///< windows of this trial
  typename Clock::time_point began_;
  std::array<typename Clock::duration, waits.size()> shortest_{};
};

}  // namespace tutti
