// The ranks of a test that runs under mpirun.
#pragma once

#include "tutti/comm/communicator.h"

namespace tutti::test {

Communicator& world();

}  // namespace tutti::test
