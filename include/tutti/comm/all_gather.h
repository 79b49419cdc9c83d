// Every rank's share of a block on every rank.
#pragma once

#include "tutti/comm/communicator.h"
#include "tutti/comm/share.h"

namespace tutti {

/// Collective, blocking: share(all, r, P) = `mine` of rank r, on every rank. mine.count must be
/// that of share(all, rank, P): all.count / P where P divides it. `mine` may lie in its place in
/// `all`. Any dtype. Every rank sends its share to all others at once: one step, the fewest bytes.
/// Throws Error for counts or dtypes that do not fit, and what Transport::exchange throws.
void all_gather(Communicator& communicator, Block mine, Block all, const Stream* stream = nullptr,
                std::source_location site = std::source_location::current());

}  // namespace tutti
