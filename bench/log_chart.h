// A chart with two logarithmic axes, as SVG text.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tutti::bench {

struct Curve {
  std::string label;
  enum class Style : std::uint8_t { coloured, black, dashed } style = Style::coloured;
  std::vector<std::pair<double, double>> points;  ///< both above 0; others are left out
};

/// The x axis is marked in powers of two, with K, M and G; the y axis in 1, 2, 5, 10, ...
std::string log_log_chart(const std::string& title, const std::string& x_label,
                          const std::string& y_label, const std::vector<Curve>& curves);

}  // namespace tutti::bench
