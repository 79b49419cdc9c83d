#include "plain_mpi.h"

#include <algorithm>
#include <chrono>

#include "comm/mpi_transport.h"
#include "comm/patience.h"
#include "measure.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"

namespace tutti::bench {

void with_plain_mpi(const std::function<void(Communicator&)>& body) {
  auto world = std::make_shared<MpiWorld>(MPI_COMM_WORLD);
  try {
    Communicator plain(std::make_shared<MpiTransport>(world));
    body(plain);
  } catch (const PeerFailed&) {
    throw;
  } catch (const std::exception& e) {
    // Who waits for this rank looks here; run() tells the others only.
    world->post({Post::Kind::failed, world->rank(), e.what()});
    wait_at_most(std::chrono::milliseconds(500), [&] { return world->posted(); });
    throw;
  }
  world->close();
}

double median_seconds(Communicator& all, const std::function<void()>& step, double budget) {
  using Clock = std::chrono::steady_clock;
  const auto time = [&] {
    const auto begin = Clock::now();
    step();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  double once = 0;
  for (int i = 0; i < 2; ++i) {  // the first one warms up
    barrier(all);
    once = time();
  }
  all_reduce(all, block_of(&once, 1), ReduceOp::max());
  const int repeats = static_cast<int>(std::clamp(budget / once, 5.0, 2000.0));
  std::vector<double> times;
  barrier(all);
  for (int i = 0; i < repeats; ++i) times.push_back(time());
  double median = quantile(std::move(times), 0.5);
  all_reduce(all, block_of(&median, 1), ReduceOp::max());
  return median;
}

}  // namespace tutti::bench
