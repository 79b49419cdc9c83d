// What a run says while it trains.
#pragma once

#include <tutti/tutti.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <string>
#include <utility>

#include "run_plot.h"

namespace samples {

/// Rank 0 says on stderr what is trained, on `data` in how many shards of how many `each`.
inline void announce(const tutti::Communicator& world, const tutti::Device& device,
                     const tutti::nn::Module& model, const std::string& data, std::int64_t shards,
                     std::int64_t each) {
  if (world.rank() != 0) return;
  std::cerr << data << ", " << model.parameter_count() << " parameters, " << shards << " shards of "
            << each << " on " << tutti::counted(world.size(), "rank") << " (" << device.id()
            << ")\n";
}

/// Counts a run's steps and what they read, by the clock, for a line of progress and for curves.
/// All ranks make one, when training begins.
class Training {
 public:
  /// `unit` is what steps read, as "images". Errors: those of RunPlot.
  Training(tutti::Communicator& world, std::string sample, std::int64_t steps, std::string unit,
           const std::string& plot)
      : sample_(std::move(sample)),
        unit_(std::move(unit)),
        steps_(steps),
        plot_(world, plot),
        progress_("train", steps, world.rank() == 0) {}

  std::int64_t done() const { return done_; }
  bool over() const { return done_ >= steps_; }
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double seen() const { return seen_; }
  RunPlot& plot() { return plot_; }

  /// Collective where curves are wanted: a step has been taken, with this rank's mean loss, in
  /// which all ranks together read `count`. Error where the loss is not finite.
  void end_step(double loss, std::int64_t count) {
    require_finite(loss);
    seen_ += static_cast<double>(count);
    plot_.add("loss", ++done_, loss);
    const auto rate = static_cast<std::int64_t>(seen_ / seconds());
    progress_.show(done_, tutti::text("loss ", loss, "  ", rate, ' ', unit_, "/s"));
  }
  /// Error where a loss, or another figure of what was trained, is not finite.
  void require_finite(double found) const {
    if (!std::isfinite(found))
      tutti::raise(sample_, ": found a loss of ", found, " after step ", done_,
                   ", expected a finite one; choose a smaller --lr");
  }

 private:
  std::string sample_, unit_;
  std::int64_t steps_, done_ = 0;
  double seen_ = 0;
  RunPlot plot_;
  tutti::Progress progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace samples
