// A measured line of the table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure.h"

namespace tutti::bench {

/// A peer's call of the same kind, in the same run.
struct PeerTiming {
  std::string name;
  std::optional<Timing> timing;  ///< empty when its result was wrong
};

struct Row {
  const Collective* collective;
  std::string algorithm;  ///< what ran; "default" where there is no choice
  bool chosen = true;     ///< whether the library chooses it by itself
  Memory memory;
  Case what;
  std::uint64_t wrong = 0;
  std::optional<Timing> timing;  ///< empty when the result was wrong
  std::optional<double> floor;   ///< seconds
  std::optional<PeerTiming> peer;

  std::size_t bytes() const { return collective->sized ? what.bytes() : 0; }
  double time_us() const { return timing->median * 1e6; }
  /// GB/s; 1 GB is 10^9 bytes.
  double algbw() const { return static_cast<double>(bytes()) / timing->median * 1e-9; }
  double busbw() const { return algbw() * collective->bus_factor(what.ranks); }
  std::optional<double> floor_percent() const {
    if (!timing || !floor) return {};
    return 100 * *floor / timing->median;
  }
  std::optional<double> peer_time_us() const {
    if (!peer || !peer->timing) return {};
    return peer->timing->median * 1e6;
  }
  std::optional<double> ratio() const {
    if (!timing || !peer_time_us()) return {};
    return *peer_time_us() / time_us();
  }
};

inline std::string_view name(Memory memory) {
  return memory == Memory::symmetric ? "symmetric" : "heap";
}

}  // namespace tutti::bench
