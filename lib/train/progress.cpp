#include "tutti/train/progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace tutti {

Progress::Progress(std::string label, std::int64_t total, bool visible)
    : label_(std::move(label)),
      total_(std::max<std::int64_t>(total, 1)),
      visible_(visible),
      terminal_(isatty(STDERR_FILENO)) {}

Progress::~Progress() {
  if (line_open_) std::cerr << '\n';
}

void Progress::show(std::int64_t done, const std::string& note) {
  if (!visible_) return;
  auto now = std::chrono::steady_clock::now();
  std::int64_t tenth = 10 * done / total_;
  bool due =
      terminal_ ? done == total_ || now - drawn_ > std::chrono::milliseconds(100) : tenth > tenth_;
  if (!due) return;
  drawn_ = now;
  tenth_ = tenth;
  constexpr std::int64_t width = 30;
  auto filled = static_cast<std::size_t>(std::min(width, width * done / total_));
  std::string bar(filled, '=');
  bar.resize(width, ' ');
  std::cerr << (terminal_ ? "\r" : "") << label_ << " [" << bar << "] " << 100 * done / total_
            << "% " << note << (terminal_ ? "\033[K" : "\n") << std::flush;
  line_open_ = terminal_ && done < total_;
  if (terminal_ && done >= total_) std::cerr << '\n';
}

}  // namespace tutti
