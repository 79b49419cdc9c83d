#include "turns.h"

#include <algorithm>
#include <chrono>

#include "measure.h"

namespace tutti::bench {

std::vector<TurnTime> time_by_turns(std::span<const Work> contenders, int runs) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> seconds(contenders.size());
  for (const Work& work : contenders) work();
  for (int run = 0; run < runs; ++run)
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const Clock::time_point begin = Clock::now();
      contenders[i]();
      seconds[i].push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    }
  std::vector<TurnTime> times;
  for (const std::vector<double>& of_one : seconds)
    times.push_back({quantile(of_one, 0.5), std::ranges::min(of_one)});
  return times;
}

}  // namespace tutti::bench
