// Curves and fields as SVG files.
#pragma once

#include <tutti/base/error.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace samples {

/// A rectangle of the picture that shows one thing; coordinates are the picture's.
struct Panel {
  double left, top, width, height;
};

class Svg {
 public:
  Svg(double width, double height) {
    out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height
         << "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"" << width
         << "\" height=\"" << height << "\" fill=\"white\"/>\n";
  }

  /// `words` at (x, y), which is their start, middle or end; turned: read from below.
  void label(double x, double y, const std::string& words, const char* anchor = "middle",
             int size = 12, bool turned = false) {
    out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor
         << "\" font-size=\"" << size << '"';
    if (turned) out_ << " transform=\"rotate(-90 " << x << ' ' << y << ")\"";
    out_ << '>';
    for (char c : words) c == '&' ? out_ << "&amp;" : c == '<' ? out_ << "&lt;" : out_ << c;
    out_ << "</text>\n";
  }

  /// Lines from point to point; `dashes` are SVG's, as in "6 4".
  void polyline(const std::vector<std::pair<double, double>>& points, const char* colour,
                double thickness = 1.5, const char* dashes = "none") {
    out_ << "<polyline fill=\"none\" stroke=\"" << colour << "\" stroke-width=\"" << thickness
         << "\" stroke-dasharray=\"" << dashes << "\" points=\"";
    for (auto [x, y] : points) out_ << x << ',' << y << ' ';
    out_ << "\"/>\n";
  }

  void dot(double x, double y, const char* colour) {
    out_ << "<circle r=\"2.5\" cx=\"" << x << "\" cy=\"" << y << "\" fill=\"" << colour << "\"/>\n";
  }

  void frame(const Panel& panel, const std::string& name, int size = 12) {
    out_ << "<rect x=\"" << panel.left << "\" y=\"" << panel.top << "\" width=\"" << panel.width
         << "\" height=\"" << panel.height << "\" fill=\"none\" stroke=\"#888\"/>\n";
    label(panel.left + panel.width / 2, panel.top - 8, name, "middle", size);
  }

  /// A curve through (x, y) with both axes from their smallest to their largest value.
  void curve(const Panel& panel, const std::string& name,
             const std::vector<std::pair<double, double>>& points) {
    frame(panel, name);
    if (points.empty()) return;
    double x0 = points[0].first, x1 = x0, y0 = points[0].second, y1 = y0;
    for (auto [x, y] : points) {
      x0 = std::min(x0, x), x1 = std::max(x1, x);
      y0 = std::min(y0, y), y1 = std::max(y1, y);
    }
    const double wide = x1 > x0 ? x1 - x0 : 1, high = y1 > y0 ? y1 - y0 : 1;
    std::vector<std::pair<double, double>> drawn;
    for (auto [x, y] : points)
      drawn.emplace_back(panel.left + panel.width * (x - x0) / wide,
                         panel.top + panel.height * (1 - (y - y0) / high));
    polyline(drawn, "#1f5fa8");
    const double below = panel.top + panel.height;
    label(panel.left, below + 16, number(x0));
    label(panel.left + panel.width, below + 16, number(x1));
    label(panel.left - 6, below, number(y0), "end");
    label(panel.left - 6, panel.top + 10, number(y1), "end");
  }

  /// f(column, row) in [-1, 1] as colours from blue over white to red; row 0 is at the bottom.
  void field(const Panel& panel, const std::string& name, int columns, int rows,
             const std::function<double(int, int)>& f) {
    const double w = panel.width / columns, h = panel.height / rows;
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        out_ << "<rect x=\"" << panel.left + column * w << "\" y=\""
             << panel.top + panel.height - (row + 1) * h << "\" width=\"" << w + 0.2
             << "\" height=\"" << h + 0.2 << "\" fill=\"" << colour(f(column, row)) << "\"/>\n";
    frame(panel, name);
  }

  /// The picture so far, as a file's contents.
  std::string text() const { return out_.str() + "</svg>\n"; }
  /// Error where the file cannot be written.
  void write(const std::string& path) const {
    std::ofstream file(path);
    file << text();
    if (!file.flush())
      tutti::raise("plot: found that ", path,
                   " cannot be written; name a file in a folder of yours");
  }

 private:
  static std::string number(double value) {
    std::ostringstream words;
    words.precision(3);
    words << value;
    return words.str();
  }
  static std::string colour(double value) {
    const double v = std::clamp(std::isfinite(value) ? value : 0, -1.0, 1.0);
    const int pale = static_cast<int>(255 * (1 - std::abs(v)));
    const int strong = static_cast<int>(255 - 60 * std::abs(v));
    std::ostringstream words;
    words << "rgb(" << (v > 0 ? strong : pale) << ',' << pale << ',' << (v > 0 ? pale : strong)
          << ')';
    return words.str();
  }

  std::ostringstream out_;
};

}  // namespace samples
