// How many cores a rank may call its own.
#pragma once

#include "comm/mpi_world.h"

namespace tutti {

/// Collective over the node. Every core that this process may run on, shared equally by the local
/// ranks that may run on it: all of them where ranks are bound apart, else this rank's part. At
/// least 1.
int cores_of_this_rank(const MpiWorld& world);

}  // namespace tutti
