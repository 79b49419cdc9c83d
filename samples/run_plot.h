// What a run shows over its steps, for --plot FILE.
#pragma once

#include <tutti/tutti.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "svg.h"

namespace samples {

/// A panel for each name, one below the other. All ranks make one, with the same path.
class RunPlot {
 public:
  /// Keeps nothing where `path` is empty. Error on rank 0 where the file cannot be written: better
  /// now than at the end.
  RunPlot(tutti::Communicator& world, std::string path) : world_(world), path_(std::move(path)) {
    if (path_.empty() || world_.rank() != 0) return;
    std::ofstream file(path_, std::ios::app);
    if (!file) tutti::raise("--plot ", path_, ": found no file that can be written; name another");
  }

  bool wanted() const { return !path_.empty(); }
  /// Collective where the plot is wanted: the mean of all ranks' values.
  void add(const std::string& name, std::int64_t step, double value) {
    if (!wanted()) return;
    value = tutti::all_reduce(world_, value, tutti::ReduceOp::average());
    auto found = std::ranges::find(curves_, name, &Curve::first);
    if (found == curves_.end()) found = curves_.insert(found, {name, {}});
    found->second.emplace_back(static_cast<double>(step), value);
  }
  /// Rank 0 writes the file.
  void write() const {
    if (!wanted() || world_.rank() != 0) return;
    const double each = 220, height = each * static_cast<double>(curves_.size()) + 20;
    Svg svg(640, height);
    double top = 30;
    for (const auto& [name, points] : curves_) {
      svg.curve({70, top, 540, each - 60}, name + " over steps", points);
      top += each;
    }
    svg.write(path_);
  }
  /// The points of a curve so far.
  std::vector<std::pair<double, double>> curve(const std::string& name) const {
    const auto found = std::ranges::find(curves_, name, &Curve::first);
    return found == curves_.end() ? std::vector<std::pair<double, double>>() : found->second;
  }

 private:
  using Curve = std::pair<std::string, std::vector<std::pair<double, double>>>;
  tutti::Communicator world_;
  std::string path_;
  std::vector<Curve> curves_;
};

}  // namespace samples
