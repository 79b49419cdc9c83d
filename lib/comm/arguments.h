// Checks of what a caller passed, before anything is sent.
#pragma once

#include <span>
#include <string>

#include "comm/parts.h"
#include "tutti/comm/communicator.h"

namespace tutti {

/// Error naming `call` unless `root` is a rank.
void require_root(const Communicator& communicator, std::string_view call, int root);

/// More than any memory holds, and less than what becomes of a negative count.
inline constexpr std::size_t most_elements = std::size_t{1} << 48;

/// Error of `who`, naming `what`, for more than most_elements.
[[noreturn]] void raise_impossible(const std::string& who, std::string_view what, Block block);
/// Error naming `call` and `what` for more than most_elements.
void require_possible(const Communicator& communicator, std::string_view call,
                      std::string_view what, Block block);

/// Error naming `call` where the blocks overlap without beginning at one place.
void require_no_overlap(const Communicator& communicator, std::string_view call, Block in,
                        Block out);
inline void require_apart(const Communicator& communicator, std::string_view call, const Block& in,
                          const Block& out) {
  if (in.data != out.data) require_no_overlap(communicator, call, in, out);
}

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
