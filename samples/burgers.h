// Burgers' equation by finite differences: what the network of pinn.cpp is compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace samples {

inline constexpr double viscosity = 0.01 / std::numbers::pi;

/// u_t + u u_x = viscosity u_xx on x in [-1, 1], t in [0, 1], u(x, 0) = -sin(pi x), u(-1, t) =
/// u(1, t) = 0: central differences of the flux u^2 / 2 in space and Heun's method in time, second
/// order in both. The front at x = 0 is about 2 * viscosity wide: with 2,000 cells it has six.
class Burgers {
 public:
  Burgers(int cells, int kept_times) : cells_(cells), times_(kept_times) {
    const double dx = 2.0 / cells;
    const double most = std::min(0.4 * dx * dx / viscosity, 0.5 * dx);  // where it is stable
    const auto each = static_cast<std::int64_t>(std::ceil(1.0 / kept_times / most));
    const double dt = 1.0 / static_cast<double>(kept_times * each);
    std::vector<double> u, middle, slope(static_cast<std::size_t>(cells + 1));
    for (int i = 0; i <= cells; ++i) u.push_back(-std::sin(std::numbers::pi * (i * dx - 1)));
    u.front() = u.back() = 0;
    kept_.push_back(u);
    for (int time = 0; time < kept_times; ++time) {
      for (std::int64_t step = 0; step < each; ++step) {
        derive(u, slope, dx);
        middle = u;
        for (std::size_t i = 0; i < u.size(); ++i) middle[i] += dt * slope[i];
        for (std::size_t i = 0; i < u.size(); ++i) u[i] += dt / 2 * slope[i];
        derive(middle, slope, dx);
        for (std::size_t i = 0; i < u.size(); ++i) u[i] += dt / 2 * slope[i];
      }
      kept_.push_back(u);
    }
  }

  int cells() const { return cells_; }
  int times() const { return times_; }
  /// At x = -1 + 2 cell / cells(), t = time / times().
  double at(int cell, int time) const {
    return kept_[static_cast<std::size_t>(time)][static_cast<std::size_t>(cell)];
  }

 private:
  static void derive(const std::vector<double>& u, std::vector<double>& slope, double dx) {
    for (std::size_t i = 1; i + 1 < u.size(); ++i)
      slope[i] = -(u[i + 1] * u[i + 1] - u[i - 1] * u[i - 1]) / (4 * dx) +
                 viscosity * (u[i + 1] - 2 * u[i] + u[i - 1]) / (dx * dx);
  }

  int cells_, times_;
  std::vector<std::vector<double>> kept_;  ///< by time
};

}  // namespace samples
