#include "comm/node/cross_memory.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "comm/node/node.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using Copy = ssize_t (*)(pid_t, const iovec*, unsigned long, const iovec*, unsigned long,
                         unsigned long);

bool copy_all(Copy copy, pid_t process, std::byte* here, std::uint64_t there, std::size_t bytes) {
  while (bytes > 0) {
    const iovec local{here, bytes}, remote{reinterpret_cast<void*>(there), bytes};
    const ssize_t copied = copy(process, &local, 1, &remote, 1, 0);
    if (copied <= 0) return false;
    here += copied;
    there += static_cast<std::uint64_t>(copied);
    bytes -= static_cast<std::size_t>(copied);
  }
  return true;
}

}  // namespace

bool can_reach_members(const NodeMemory& node) {
  for (int member = 0; member < node.members(); ++member) {
    const Board& board = node.board(member);
    if (board.process.numbers != ProcessId::self().numbers) return false;
    std::uint64_t token = 0;
    if (!copy_all(process_vm_readv, board.process.pid, reinterpret_cast<std::byte*>(&token),
                  board.token_at, sizeof token))
      return false;
    if (token != board.process.token) return false;
  }
  return true;
}

CrossMemory::CrossMemory(NodeMemory& node, const void* in, void* out) : node_(node) {
  const auto show = [](Word& word, const void* data) {
    word.store(reinterpret_cast<std::uintptr_t>(data), std::memory_order_relaxed);
  };
  show(node.own().blocks.in, in);
  show(node.own().blocks.out, out);
}

void CrossMemory::fetch(int member, std::size_t offset, std::byte* to, std::size_t bytes) {
  const Board& board = node_.board(member);
  const std::uint64_t from = board.blocks.in.load(std::memory_order_relaxed) + offset;
  if (!copy_all(process_vm_readv, board.process.pid, to, from, bytes)) fail(member, "read");
}

// Either this rank sees that the other has withdrawn, or the other sees that this one writes.
void CrossMemory::store(int member, std::size_t offset, const std::byte* from, std::size_t bytes) {
  const Board& board = node_.board(member);
  const std::uint64_t to = board.blocks.out.load(std::memory_order_relaxed) + offset;
  Word& writes = node_.own().blocks.writes;
  writes.store(1, std::memory_order_seq_cst);
  const bool copied = !has_withdrawn(member) && copy_all(process_vm_writev, board.process.pid,
                                                         const_cast<std::byte*>(from), to, bytes);
  const int error = errno;
  writes.store(0, std::memory_order_release);
  errno = error;
  if (!copied) fail(member, "write");
}

bool CrossMemory::has_withdrawn(int member) const {
  return node_.board(member).blocks.withdrawn.load(std::memory_order_seq_cst) == node_.flag();
}

void CrossMemory::withdraw() noexcept {
  node_.own().blocks.withdrawn.store(node_.flag(), std::memory_order_seq_cst);
  const auto end = std::chrono::steady_clock::now() + 1s;
  Processes& processes = *node_.watch().processes();
  for (int member = 0; member < node_.members(); ++member) {
    const Board& board = node_.board(member);
    while (board.blocks.writes.load(std::memory_order_seq_cst) == 1 &&
           !processes.has_ended(board.process) && std::chrono::steady_clock::now() < end)
      usleep(100);
  }
}

void CrossMemory::fail(int member, const char* what) {
  const int error = errno;
  node_.look();
  // Who has died or left the call is named as soon as that is known.
  if (error == ESRCH || has_withdrawn(member)) node_.wait([] { return false; });
  raise("rank ", node_.rank_of(node_.me()), ": cannot ", what, " the memory of rank ",
        node_.rank_of(member), " in ", *node_.running(), ": ", std::strerror(error),
        "; expected a block that both may reach; TUTTI_ALGORITHM=staged does without");
}

}  // namespace tutti
