// What the steps and bytes of all-reduce algorithms cost on a machine.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tutti {

/// What an algorithm moves its bytes through.
enum class Medium : std::uint8_t {
  messages,      ///< Transport::exchange
  slots,         ///< one_shot's
  rooms,         ///< staged's
  symmetric,     ///< direct's
  cross_memory,  ///< copies by the kernel between processes
};

/// Sizes at which costs are known; between them they are interpolated linearly.
inline constexpr std::array<std::size_t, 6> cost_classes = {64,       1 << 10,   8 << 10,
                                                            64 << 10, 512 << 10, 4 << 20};

/// Seconds of an all-reduce over one medium: per_step * steps, and what moving its bytes takes.
struct CostCurve {
  double per_step = 1e-6;
  std::array<double, cost_classes.size()> moving{};  ///< seconds; never fewer for more bytes
  bool measured = false;                             ///< else a guess

  double seconds(int steps, std::size_t bytes) const;
};

/// What combining one 16-bit float of two ranks and rounding it takes beyond adding as many bytes
/// of f32, in seconds.
struct RoundingCost {
  double f16 = 7e-10, bf16 = 1e-10;
};

/// Trivially copyable, equal on all ranks of a communicator.
struct CostModel {
  std::array<CostCurve, 5> curves{};
  /// Bytes of a block from which the stores of direct go past the caches: in place; beside its
  /// input from 16 MiB at the latest.
  std::size_t direct_streams_from = std::size_t{16} << 20;
  RoundingCost rounding;
  int forced = -1;  ///< a place in the table: taken wherever it fits

  /// Whether any curve was; else all are guesses.
  bool measured() const {
    return std::any_of(curves.begin(), curves.end(), [](auto& curve) { return curve.measured; });
  }
  CostCurve& operator[](Medium medium) { return curves[static_cast<std::size_t>(medium)]; }
  const CostCurve& operator[](Medium medium) const {
    return curves[static_cast<std::size_t>(medium)];
  }
};

/// What is assumed before anything was measured.
CostModel default_cost_model();

}  // namespace tutti
