#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "tutti/comm/barrier.h"

namespace tutti::bench {
namespace {

constexpr int most_calls = 4096;

// Seconds a call, this rank's.
double time_batch(Communicator& world, const Work& call, int calls) {
  barrier(world);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) call();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return spent.count() / calls;
}

struct Batch {
  int calls = 1;
  double seconds = 0;  ///< a call
};

// How many calls make a batch; the same on all ranks.
Batch size_batch(Communicator& world, const Work& call, const Plan& plan) {
  const double batch_seconds = plan.batch_seconds;
  Batch batch;
  for (int i = 0; i < plan.warm_up; ++i) call();
  for (;;) {
    // The fastest of three: a pause of the machine must not make the batches too short.
    batch.seconds = 1e9;
    for (int i = 0; i < 3 && (i == 0 || batch.seconds * batch.calls < 10 * batch_seconds); ++i) {
      double seconds = time_batch(world, call, batch.calls);
      max_over_ranks(&seconds, 1);
      batch.seconds = std::min(batch.seconds, seconds);
    }
    if (batch.seconds * batch.calls >= batch_seconds) return batch;
    const double wanted = std::ceil(batch_seconds / std::max(batch.seconds, 1e-9));
    const int calls = std::min(most_calls, static_cast<int>(std::min(wanted, 1e6)));
    if (calls <= 2 * batch.calls) return batch;
    batch.calls = std::min(calls, 16 * batch.calls);
  }
}

}  // namespace

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(part * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::vector<Timing> measure(Communicator& world, std::span<const Work> contenders,
                            const Plan& plan) {
  std::vector<Batch> batches;
  double round = 0;
  for (const Work& call : contenders) {
    batches.push_back(size_batch(world, call, plan));
    round += batches.back().seconds * (batches.back().calls + plan.untimed);
  }
  const int repetitions = plan.repetitions > 0
                              ? plan.repetitions
                              : static_cast<int>(std::clamp(0.5 / round, 11.0, 100.0));

  const auto n = contenders.size();
  std::vector<std::vector<double>> seconds(n);
  for (int repetition = 0; repetition <= repetitions; ++repetition)
    for (std::size_t turn = 0; turn < n; ++turn) {
      // Back and forth, then from the next on: nobody always follows the same one.
      const std::size_t place = repetition % 2 == 0 ? turn : n - 1 - turn;
      const std::size_t i = (place + static_cast<std::size_t>(repetition / 2)) % n;
      for (int call = 0; call < plan.untimed; ++call) contenders[i]();
      const double spent = time_batch(world, contenders[i], batches[i].calls);
      if (repetition > 0) seconds[i].push_back(spent);
    }

  std::vector<Timing> timings;
  for (std::vector<double>& values : seconds) {
    max_over_ranks(values.data(), values.size());
    timings.push_back({quantile(values, 0.5), quantile(values, 0.99)});
  }
  return timings;
}

}  // namespace tutti::bench
