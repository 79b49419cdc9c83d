#include "log_chart.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "samples/svg.h"

namespace tutti::bench {
namespace {

constexpr double width = 860, height = 480, left = 70, right = 690, top = 44, bottom = 420;
// Told apart by people who see colours differently; Okabe and Ito, 2008.
constexpr const char* colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
                                   "#56b4e9", "#8b5a2b", "#7f3c8d", "#808000", "#008b8b"};

// One axis: values lo to hi, from pixel `from` to pixel `to`.
struct Axis {
  double lo, hi, from, to;
  double operator()(double value) const {
    return from + (to - from) * std::log(value / lo) / std::log(hi / lo);
  }
};

std::string bytes_text(double bytes) {
  const char* units[] = {"", "K", "M", "G", "T"};
  int unit = 0;
  for (; bytes >= 1024 && unit < 4; ++unit) bytes /= 1024;
  std::ostringstream out;
  out << bytes << units[unit];
  return out.str();
}

class Chart {
 public:
  explicit Chart(const std::vector<Curve>& curves)
      : x_{1, 2, left, right}, y_{1, 2, bottom, top}, svg_(width, height) {
    double low = 1e300, high = 0, first = 1e300, last = 0;
    for (const Curve& curve : curves)
      for (const auto& [x, y] : curve.points) {
        if (x <= 0 || y <= 0) continue;
        first = std::min(first, x), last = std::max(last, x);
        low = std::min(low, y), high = std::max(high, y);
      }
    if (last == 0) first = last = low = high = 1;
    x_.lo = std::exp2(std::floor(std::log2(first))), x_.hi = std::exp2(std::ceil(std::log2(last)));
    if (x_.lo == x_.hi) x_.hi *= 2;
    y_.lo = below(low), y_.hi = std::max(above(high), 2 * y_.lo);
  }

  void axes(const std::string& title, const std::string& x_label, const std::string& y_label) {
    const double octaves = std::log2(x_.hi / x_.lo);
    const double step = std::exp2(std::ceil(octaves / 13));  // a label on each of at most 14 lines
    for (double x = x_.lo; x <= x_.hi * 1.01; x *= step) {
      line(x_(x), top, x_(x), bottom);
      svg_.label(x_(x), bottom + 18, bytes_text(x));
    }
    for (double decade = std::pow(10, std::floor(std::log10(y_.lo))); decade <= y_.hi; decade *= 10)
      for (double y : {decade, 2 * decade, 5 * decade}) {
        if (y < y_.lo * 0.999 || y > y_.hi * 1.001) continue;
        line(left, y_(y), right, y_(y));
        std::ostringstream value;
        value << y;
        svg_.label(left - 8, y_(y) + 4, value.str(), "end");
      }
    svg_.frame({left, top, right - left, bottom - top}, title, 14);
    svg_.label((left + right) / 2, bottom + 44, x_label, "middle", 14);
    svg_.label(18, (top + bottom) / 2, y_label, "middle", 14, /*turned=*/true);
  }

  void curve(const Curve& curve, std::size_t number) {
    const bool dashed = curve.style == Curve::Style::dashed;
    const char* colour = curve.style == Curve::Style::coloured
                             ? colours[number % std::size(colours)]
                         : dashed ? "#444"
                                  : "black";
    const char* dashes = dashed ? "6 4" : "none";
    std::vector<std::pair<double, double>> points;
    for (const auto& [x, y] : curve.points)
      if (x > 0 && y > 0) points.emplace_back(x_(x), y_(y));
    svg_.polyline(points, colour, 2, dashes);
    if (!dashed)
      for (auto [x, y] : points) svg_.dot(x, y, colour);
    const double at = top + 12 + 20 * static_cast<double>(number);
    svg_.polyline({{right + 14, at}, {right + 38, at}}, colour, 2, dashes);
    svg_.label(right + 44, at + 4, curve.label, "start");
  }

  std::string end() const { return svg_.text(); }

 private:
  // The next of 1, 2, 5, 10, ... that is not above, or not below, the value.
  static double below(double value) {
    const double decade = std::pow(10, std::floor(std::log10(value)));
    return decade * (value >= 5 * decade ? 5 : value >= 2 * decade ? 2 : 1);
  }
  static double above(double value) {
    const double decade = std::pow(10, std::floor(std::log10(value)));
    return decade * (value <= decade ? 1 : value <= 2 * decade ? 2 : value <= 5 * decade ? 5 : 10);
  }
  void line(double x1, double y1, double x2, double y2) {
    svg_.polyline({{x1, y1}, {x2, y2}}, "#ddd", 1);
  }

  Axis x_, y_;
  samples::Svg svg_;
};

}  // namespace

std::string log_log_chart(const std::string& title, const std::string& x_label,
                          const std::string& y_label, const std::vector<Curve>& curves) {
  Chart chart(curves);
  chart.axes(title, x_label, y_label);
  for (std::size_t i = 0; i < curves.size(); ++i) chart.curve(curves[i], i);
  return chart.end();
}

}  // namespace tutti::bench
