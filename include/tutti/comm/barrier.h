// A point that no rank passes before all have reached it.
#pragma once

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking. Says nothing about work on CUDA streams. `label` as in CallOptions. By
/// dissemination: in round k every rank signals the rank 2^k further on; ceil(log2 P) steps.
/// Source: Hensgen, Finkel, Manber: "Two algorithms for barrier synchronization", 1988. Throws what
/// Transport::exchange throws.
void barrier(Communicator& communicator, CallLabel label = {},
             std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async: done when all ranks have started it.
Work barrier_async(Communicator& communicator, CallLabel label = {},
                   std::source_location site = std::source_location::current());

}  // namespace tutti
