// Times calls on one rank, by turns.
#pragma once

#include <span>
#include <vector>

#include "collective.h"

namespace tutti::bench {

/// Seconds of a call.
struct TurnTime {
  double median, least;
};
/// Of each contender, over `runs` turns; one call of each goes before. Not collective: see
/// measure.h for calls that are.
std::vector<TurnTime> time_by_turns(std::span<const Work> contenders, int runs);

}  // namespace tutti::bench
