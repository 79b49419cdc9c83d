// What the ranks of a node tell each other through memory. Every word has one writer.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tutti/comm/call_record.h"

namespace tutti {

using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free);

/// A line of the cache of its own.
struct alignas(64) Line {
  Word word{0};
};

/// A rank's last calls, for the others to read at any time: after a reader has seen a call's
/// sequence number before and after its other words, they belong together.
class CallLog {
 public:
  static constexpr std::size_t kept = 64;
  static constexpr std::size_t sites = 128;

  void write(const CallRecord& call, std::uint32_t site);
  /// False when the call has not been made, or too many were made after it.
  bool read(std::uint64_t sequence, CallRecord& call, std::uint32_t& site) const;
  std::uint64_t last() const { return last_.load(std::memory_order_acquire); }

  void write_site(std::uint32_t index, const std::source_location& site);
  const char* site(std::uint32_t index) const { return sites_[index % sites]; }

 private:
  struct alignas(64) Entry {
    Word words[7];
  };
  alignas(64) Word last_{0};
  Entry entries_[kept];
  char sites_[sites][112];  ///< each is written before the first call that names it
};

/// One rank's board.
struct Board {
  Line arrived;  ///< the call whose data is ready to be read
  Line written;  ///< the call whose results this rank has stored everywhere
  Line staged;   ///< chunks that stand in its staging room, counted for ever
  Line reduced;  ///< chunks whose share this rank has reduced, counted for ever
  Line entered;  ///< the call that runs, by its sequence number
  alignas(64) std::atomic<std::uint32_t> sleeping{0};
  std::atomic<std::uint32_t> bell{0};  ///< rung for a sleeper
  alignas(64) int pid = 0;             ///< this and the cores are written before anybody reads
  cpu_set_t cores{};
  CallLog log;
};

}  // namespace tutti
