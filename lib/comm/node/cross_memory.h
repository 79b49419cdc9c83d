// Blocks that the ranks of a node read and write in each other's memory, through the kernel:
// Linux's cross-memory attach, process_vm_readv(2).
#pragma once

#include <cstddef>

namespace tutti {

class NodeMemory;

/// Whether this process may reach the memory of all members. Each must hold `token`, which it has
/// named on its board, until all have looked.
bool can_reach_members(const NodeMemory& node);

/// The members' blocks in one call. Others may reach this rank's blocks from its first meeting in
/// the call until all have come to the last one.
class CrossMemory {
 public:
  /// Shows this rank's blocks to the others, who see them after the next meeting.
  CrossMemory(NodeMemory& node, const void* in, void* out);

  /// Copies from `offset` in a member's input. Throws what a wait throws when the member has died,
  /// Error where the kernel refuses.
  void fetch(int member, std::size_t offset, std::byte* to, std::size_t bytes);
  /// Copies to `offset` in a member's output; likewise.
  void store(int member, std::size_t offset, const std::byte* from, std::size_t bytes);
  /// For who leaves the call before the last meeting: when it returns nobody writes into this
  /// rank's output any more. Waits as long as one copy of the living takes, a second at most.
  void withdraw() noexcept;

 private:
  bool has_withdrawn(int member) const;
  [[noreturn]] void fail(int member, const char* what);

  NodeMemory& node_;
};

}  // namespace tutti
