// A progress line for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tutti {

/// Draws "label [=====>    ] 41% note" on stderr: rewritten in place on a terminal at most ten
/// times a second, a line at each tenth part otherwise. Silent when `visible` is false: pass rank
/// == 0.
class Progress {
 public:
  Progress(std::string label, std::int64_t total, bool visible);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` are done; `note` is shown behind the bar.
  void show(std::int64_t done, const std::string& note);

 private:
  std::string label_;
  std::int64_t total_;
  bool visible_;
  bool terminal_;
  bool line_open_ = false;
  std::int64_t tenth_ = 0;
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace tutti
