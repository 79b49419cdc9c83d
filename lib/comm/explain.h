// What the user's environment says about the choice of algorithms, and what it is told.
#pragma once

#include <string>

#include "tutti/comm/communicator.h"

namespace tutti {

/// The place in all_reduce_table() that TUTTI_ALGORITHM names; -1 where it is unset. Error with the
/// known names for another.
int forced_algorithm();

/// TUTTI_EXPLAIN.
bool explains();

/// What was measured, and for each size which algorithm is taken and what each should take.
std::string explanation(const Communicator& communicator);

}  // namespace tutti
