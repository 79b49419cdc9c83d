// Runs a kernel on an emulated device, and looks for what it does wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "support/simt/crew.h"

namespace tutti::simt {

/// What the threads of a kernel share.
class Grid {
 public:
  Grid(Crew& threads, std::int64_t blocks, std::size_t shared_bytes);
  ~Grid();
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;

  /// Shared memory from byte `offset` on. Error unless it lies in what the launch asked for.
  void* shared_at(std::size_t offset, std::size_t alignment) const;
  /// Before a block: fills shared memory with numbers that nobody expects, other ones each order.
  void spoil_shared(Order order);
  /// After a block: Error if a thread wrote beside its shared memory.
  void check_shared() const;

  Crew& crew;
  const std::int64_t blocks;

 private:
  std::size_t shared_bytes_;
  std::vector<std::byte> storage_;
  std::byte* shared_;
};

/// One thread of a kernel.
using Kernel = std::function<void(Grid& grid, std::int64_t block, int thread)>;

/// Runs all threads of all blocks before it returns. Twice, on the same contents of the device's
/// memory: in ascending and in descending order. Error naming `who` if the two leave different
/// bytes in a live buffer (a missing barrier, an order of additions left to chance), if a barrier
/// is not reached by all, or if something was written beside the buffers.
void run(const char* who, int device, std::int64_t blocks, std::size_t shared_bytes,
         const Kernel& kernel);

}  // namespace tutti::simt
