// The collectives that the bench measures.
#pragma once

#include <span>

#include "collective.h"

namespace tutti::bench {

extern const Collective all_gather, all_reduce, barrier, broadcast, reduce_scatter;

/// A new collective is one file beside this one, its name above, and its line in rows.cpp.
std::span<const Collective* const> collectives();

}  // namespace tutti::bench
