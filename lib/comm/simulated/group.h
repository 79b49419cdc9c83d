// Some ranks of a simulation, with messages of their own.
#pragma once

#include <memory>
#include <vector>

#include "tutti/comm/transport.h"

namespace tutti {

struct SimulatedGroup {
  int channel = 0;
  std::vector<int> members;  ///< ranks of the simulation
  std::vector<Position> positions;
};

/// A member of a group: its rank there.
struct SimulatedPlace {
  std::shared_ptr<const SimulatedGroup> group;
  int rank = 0;
};

}  // namespace tutti
