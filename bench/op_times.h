// Where the time of a training step goes, by op.
#pragma once

#include <chrono>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "tutti/autograd/observer.h"

namespace tutti::bench {

/// Adds up what ops on variables take, forward and backward apart. An op that runs within another
/// one counts there. What is left of a step is the optimizer, the exchange, accumulation of
/// gradients and the tape itself. For the CPU: a device's ops return before they have run.
class OpTimes : public OpObserver {
 public:
  void begin(std::string_view op, Pass pass) override;
  void end(std::string_view op, Pass pass, std::span<const Tensor> results,
           const Node* node) override;

  struct Row {
    std::string op;
    std::int64_t calls = 0;            ///< forward
    double forward = 0, backward = 0;  ///< seconds
  };
  /// The longest first.
  std::vector<Row> rows() const;
  /// A table of milliseconds a step; `seconds` is what all steps took.
  void print(std::ostream& out, int steps, double seconds) const;

 private:
  using Clock = std::chrono::steady_clock;
  std::map<std::string, Row, std::less<>> rows_;
  std::vector<Clock::time_point> begun_;  ///< ops that run, the innermost last
};

}  // namespace tutti::bench
