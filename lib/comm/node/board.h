// What the ranks of a node tell each other through memory. Every word has one writer, but for the
// bell.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "comm/call_words.h"
#include "comm/node/process.h"

namespace tutti {

using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free);

/// A word far from others: processors like to fetch lines in pairs.
struct alignas(128) Line {
  Word word{0};
};

/// A rank's last calls, for the others to read at any time: after a reader has seen a call's
/// sequence number before and after its other words, they belong together.
class CallLog {
 public:
  static constexpr std::size_t kept = 64;
  static constexpr std::size_t sites = 128;
  static constexpr std::uint32_t unknown_site = sites;  ///< of those that there was no room for

  void write(const CallRecord& call, std::uint32_t site) {
    Word* words = entries_[call.sequence % kept].words;
    words[0].store(0, std::memory_order_relaxed);
    const CallWords copy = words_of(call, site);
    const auto put = [&](std::size_t i) {  // not before the 0
      words[i].store(copy[i], std::memory_order_release);
    };
    for (std::size_t i = 1; i < copy.size(); ++i) put(i);
    put(0);
    last_.store(call.sequence, std::memory_order_release);
  }
  /// False when the call has not been made, or too many were made after it.
  bool read(std::uint64_t sequence, CallRecord& call, std::uint32_t& site) const;
  std::uint64_t last() const { return last_.load(std::memory_order_acquire); }

  void write_site(std::uint32_t index, const std::source_location& site, std::string_view label);
  const char* site(std::uint32_t index) const {
    return index < sites ? sites_[index] : "an unknown line";
  }

 private:
  struct alignas(64) Entry {
    Word words[8];
  };
  alignas(64) Word last_{0};
  Entry entries_[kept];
  char sites_[sites][144];  ///< each is written before the first call that names it
};

/// A rank's blocks in the running call, where others may reach them.
struct alignas(128) ReachableBlocks {
  Word in{0}, out{0};  ///< addresses
  Word writes{0};      ///< 1 while this rank writes into another's
  Word withdrawn{0};   ///< the call in which nobody may write into this rank's any more
};

/// One rank's board.
struct Board {
  Line meetings[4];  ///< take turns: the call in which this rank has come to a meeting
  Line staged;       ///< chunks that stand in its staging room, counted for ever
  Line reduced;      ///< chunks whose share this rank has reduced, counted for ever
  Line entered;      ///< the call that runs, by its sequence number
  Line done;         ///< the last call that has returned
  ReachableBlocks blocks;
  alignas(64) std::atomic<std::uint32_t> sleeping{0};
  std::atomic<std::uint32_t> bell{0};  ///< rung for a sleeper
  std::atomic<bool> failed{false};     ///< it has left after an exception ended a call
  // From here to the log all is written before anybody reads.
  alignas(64) ProcessId process;
  cpu_set_t cores{};
  std::uint64_t token_at = 0;  ///< where its process holds process.token outside shared memory
  CallLog log;
};

}  // namespace tutti
