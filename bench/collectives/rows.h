// The collectives that the bench measures.
#pragma once

#include <span>

#include "collective.h"

namespace tutti::bench {

extern const Collective all_gather, all_reduce, all_to_all, barrier, broadcast, gather, reduce,
    reduce_scatter, scatter;

/// A new collective is one file beside this one, its name above, and its line in rows.cpp.
std::span<const Collective* const> collectives();

}  // namespace tutti::bench
