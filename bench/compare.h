// How well simulations predict this machine.
#pragma once

#include <cstddef>
#include <span>

#include "tutti/comm/communicator.h"
#include "tutti/comm/topology.h"

namespace tutti::bench {

/// Collective, over plain MPI messages: prints for every algorithm and size what the topology
/// predicts, what is measured, and the error of the prediction. Error when a result is wrong.
void compare(Communicator& plain, const Topology& topology, std::span<const std::size_t> sizes);

}  // namespace tutti::bench
