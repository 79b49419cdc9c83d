// Checks of what a caller passed, before anything is sent.
#pragma once

#include <span>

#include "comm/parts.h"
#include "tutti/comm/communicator.h"

namespace tutti {

/// Error naming `call` unless `root` is a rank.
void require_root(const Communicator& communicator, std::string_view call, int root);

/// Error naming `call` and `what` unless `found` has memory for `count` elements of the dtype and
/// device of `like`. `why` ends the message.
void require_block(const Communicator& communicator, std::string_view call, std::string_view what,
                   Block found, std::size_t count, Block like, std::string_view why);

/// Error naming `call` where the operator is none for the dtype. (The name is made only then: that
/// takes longer than a small call.)
inline void require_reducible(const Communicator& communicator, std::string_view call, Dtype dtype,
                              const ReduceOp& op) {
  if (!reducible(dtype, op)) require_reducible(dtype, op, communicator.label(call));
}

using Counts = std::span<const std::size_t>;

/// For CallRecord::parts: of counts that all ranks must pass alike; 0 for none.
std::uint64_t hash_of(const Counts* counts);

/// Where a part is empty: meets all ranks, since one that neither sends nor gets anything would not
/// notice that others pass other counts.
void meet_if_empty(Communicator& communicator, const Parts& parts);

/// The parts that `counts` make of `block`, or those of share() where it is null. Error naming
/// `call` and `what` unless there is one count for each rank, and together they are block.count.
Parts require_parts(const Communicator& communicator, std::string_view call, std::string_view what,
                    const Counts* counts, Block block);

}  // namespace tutti
