// Measures what the steps and bytes of all-reduce algorithms cost here.
#pragma once

#include "tutti/comm/communicator.h"

namespace tutti {

/// Collective: times short all-reduces over every medium that the communicator has, for at most
/// about 200 ms, and returns the same model on all ranks.
CostModel measure_costs(Communicator& communicator);

}  // namespace tutti
