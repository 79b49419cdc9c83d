// Collectives over MPI messages alone, and the time that they take.
#pragma once

#include <functional>

#include "tutti/comm/communicator.h"

namespace tutti::bench {

/// Collective over MPI_COMM_WORLD, under run(): calls `body` with a communicator of all ranks that
/// shares no memory.
void with_plain_mpi(const std::function<void(Communicator&)>& body);

/// Collective: the median time of `step` over as many calls as take about `budget` seconds, at
/// least five; all ranks get that of the slowest rank. Ranks that have no step wait.
double median_seconds(Communicator& all, const std::function<void()>& step, double budget = 0.05);

}  // namespace tutti::bench
