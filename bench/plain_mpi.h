// Collectives over MPI messages alone, and the time that they take.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "comm/mpi_transport.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/run.h"

/// Calls `body` with a communicator of all ranks that shares no memory; returns the exit code.
inline int run_plain_mpi(const std::function<void(tutti::Communicator&)>& body) {
  return tutti::run(0, nullptr, [&](tutti::Communicator&) {
    auto world = std::make_shared<tutti::MpiWorld>(MPI_COMM_WORLD);
    {
      tutti::Communicator plain(std::make_shared<tutti::MpiTransport>(world));
      body(plain);
    }
    world->close();
  });
}

/// Collective: the median time of `step` over as many calls as take about `budget` seconds, at
/// least five; all ranks get that of the slowest rank. Ranks that have no step wait.
inline double median_seconds(tutti::Communicator& all, const std::function<void()>& step,
                             double budget = 0.05) {
  using Clock = std::chrono::steady_clock;
  const auto time = [&] {
    const auto begin = Clock::now();
    step();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  double once = 0;
  for (int i = 0; i < 2; ++i) {  // the first one warms up
    tutti::barrier(all);
    once = time();
  }
  tutti::all_reduce(all, tutti::block_of(&once, 1), tutti::ReduceOp::max());
  const int repeats = static_cast<int>(std::clamp(budget / once, 5.0, 2000.0));
  std::vector<double> times;
  tutti::barrier(all);
  for (int i = 0; i < repeats; ++i) times.push_back(time());
  std::ranges::nth_element(times, times.begin() + repeats / 2);
  double median = times[static_cast<std::size_t>(repeats) / 2];
  tutti::all_reduce(all, tutti::block_of(&median, 1), tutti::ReduceOp::max());
  return median;
}
