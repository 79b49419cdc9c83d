// Which stores are better for what another core will read: found while running, since it turns on
// how far from each other the cores are, and in a virtual machine that changes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

#include "comm/reduce_many.h"

namespace tutti {

/// One rank's. All ranks try the same stores at the same time, as all write the same sizes in the
/// same order; each chooses for itself, by the times of its own writes and reads.
class StoreChoice {
 public:
  /// `area`: bytes of the memory that is written, part by part in turn. What a store costs depends
  /// on where the stores of the round before left its line, so each kind is tried for two rounds,
  /// the second one timed.
  explicit StoreChoice(std::size_t area) : trial_(2 * area) {}

  enum class Phase : std::uint8_t { ordinary, streaming, use };

  /// The writing of a part and the reading of the others'.
  class Exchange {
   public:
    Stores stores() const { return stores_; }
    /// Calls `work`, which waits for nobody.
    template <class Work>
    void run(Work work) {
      if (!timed_) return work();
      const auto start = Clock::now();
      work();
      time_ += Clock::now() - start;
    }

   private:
    friend class StoreChoice;
    std::size_t bytes_ = 0;
    Stores stores_ = Stores::ordinary;
    Phase phase_ = Phase::use;
    bool timed_ = false;
    std::chrono::duration<float, std::nano> time_{};
  };

  Exchange begin(std::size_t bytes) {
    const Kind& kind = kind_of(bytes);
    Exchange exchange;
    exchange.bytes_ = bytes;
    exchange.stores_ = kind.phase == Phase::use ? kind.better : static_cast<Stores>(kind.phase);
    exchange.phase_ = kind.phase;
    exchange.timed_ = kind.phase != Phase::use && kind.written > trial_ / 2;
    return exchange;
  }

  void end(const Exchange& exchange) {
    Kind& kind = kind_of(exchange.bytes_);
    if (exchange.timed_ && exchange.phase_ == kind.phase)
      kind.times[static_cast<std::size_t>(kind.phase)][kind.noted++ % Kind::kept] =
          exchange.time_.count() / static_cast<float>(exchange.bytes_);
    kind.written += exchange.bytes_;
    const bool over = kind.phase == Phase::use ? kind.written > 30 * trial_
                                               : kind.written > trial_ && kind.noted >= Kind::kept;
    if (!over) return;
    kind.written = kind.noted = 0;
    kind.phase = static_cast<Phase>((static_cast<int>(kind.phase) + 1) % 3);
    if (kind.phase == Phase::use)
      kind.better = kind.median(Stores::streaming) < kind.median(Stores::ordinary)
                        ? Stores::streaming
                        : Stores::ordinary;
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Kind {
    static constexpr std::size_t kept = 7;
    Stores better = Stores::ordinary;
    Phase phase = Phase::ordinary;
    std::size_t written = 0, noted = 0;              ///< in this phase
    std::array<std::array<float, kept>, 2> times{};  ///< the last of both stores, in ns for a byte

    float median(Stores stores) {
      auto& t = times[static_cast<std::size_t>(stores)];
      std::sort(t.begin(), t.end());
      return t[kept / 2];
    }
  };

  Kind& kind_of(std::size_t bytes) {
    return kinds_[std::min<std::size_t>(std::bit_width(bytes >> 9), kinds_.size() - 1)];
  }

  std::size_t trial_;
  std::array<Kind, 8> kinds_{};  // from 512 bytes, 1 KiB, ...; the last from 64 KiB
};

}  // namespace tutti
