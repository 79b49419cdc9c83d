// Ranks that are threads of this process: tests and sanitizers without mpirun.
#pragma once

#include <functional>

#include "tutti/comm/communicator.h"

namespace tutti {

/// Calls `body` on `ranks` new threads, each with its rank's communicator, and joins them all. When
/// ranks throw, the others are told as under run(), and the first exception that was no consequence
/// of another is rethrown. Error for fewer than 1 rank.
void run_threads(int ranks, const std::function<void(Communicator&)>& body);

/// The same with ranks that stand on nodes of `per_node` ranks each: those of different nodes do
/// not share memory as far as communicators can tell.
void run_threads(int ranks, int per_node, const std::function<void(Communicator&)>& body);

}  // namespace tutti
