// How CPU work is cut: by its size alone, so that no bit depends on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tutti/base/parallel_for.h"
#include "tutti/device/buffer.h"

namespace tutti::cpu {

/// Elements per task: below this a hand-over to another thread costs more than it saves.
inline constexpr std::int64_t grain = std::int64_t{1} << 15;

/// Calls f(begin, end, worker) for the parts of [0, count); `cost` is one item's work in elements.
template <class F>
void for_chunks(std::int64_t count, std::int64_t cost, F&& f) {
  if (count == 0) return;
  // Cutting by items per task cannot overflow where count * cost would.
  std::int64_t items = std::max<std::int64_t>(1, grain / std::max<std::int64_t>(1, cost));
  std::int64_t tasks = std::max<std::int64_t>(1, count / items);
  std::int64_t each = count / tasks, extra = count % tasks;
  parallel_for(tasks, [&](std::int64_t task, int worker) {
    std::int64_t begin = task * each + std::min(task, extra);
    f(begin, begin + each + (task < extra), worker);
  });
}

/// `count` elements for each worker that `tasks` tasks, or fewer, may have; taken once before they
/// start. Contents are undefined.
template <class T>
class Scratch {
 public:
  Scratch(const Device& device, std::int64_t count, std::int64_t tasks)
      : each_((count + 15) / 16 * 16),
        buffer_(static_cast<std::size_t>(each_ * std::min<std::int64_t>(tasks, thread_count())) *
                    sizeof(T),
                device) {}
  T* of(int worker) const { return static_cast<T*>(buffer_.data()) + each_ * worker; }

 private:
  std::int64_t each_;
  Buffer buffer_;
};

}  // namespace tutti::cpu
