// Times calls in alternation, all ranks together.
#pragma once

#include <span>

#include "collective.h"

namespace tutti::bench {

/// Seconds a call takes, the slowest rank's.
struct Timing {
  double median = 0;
  double p99 = 0;
};

struct Plan {
  int warm_up = 5;      ///< calls before anything is timed
  int repetitions = 0;  ///< 0: 11 to 100, as many as fit into half a second
  int untimed = 3;      ///< calls before each batch, which bring its data near
  double batch_seconds = 200e-6;
};

/// Collective. A batch of a contender's calls is long enough for the clock, and a repetition times
/// one batch of each, in turns of who is first and now forwards, now backwards. Ranks meet before
/// every batch, never in it. Medians are over the repetitions; the first does not count.
std::vector<Timing> measure(Communicator& world, std::span<const Work> contenders,
                            const Plan& plan);

/// The smallest of the values that at least `part` of them do not exceed.
double quantile(std::vector<double> values, double part);

}  // namespace tutti::bench
