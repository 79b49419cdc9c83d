// The memory that a contender works in, and where a call's blocks lie in it.
#pragma once

#include "collective.h"
#include "tutti/device/buffer.h"

namespace tutti::bench {

/// Ordinary memory that begins with a page, written once.
Buffer page_buffer(std::size_t bytes);

/// Collective. Memory::heap where the ranks share none, whatever is wanted.
Memory found_memory(Communicator& world, Memory wanted);

/// Memory for the input and the output of all calls up to `bytes`.
struct Buffers {
  Buffer in, out;

  /// Collective for Memory::symmetric; Error where the system refuses it.
  static Buffers make(Communicator& world, Memory memory, std::size_t bytes);
  /// The call of this rank.
  Call call(const Collective& collective, const Case& what, int rank) const;
};

}  // namespace tutti::bench
