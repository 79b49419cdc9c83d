// What launchers that look elements up by number share.
#pragma once

#include "tutti/base/axes.h"
#include "tutti/tensor/tensor.h"

namespace tutti::cpu {

/// Error naming `who` and the first index, in row-major order, that is not in [0, extent). Looked
/// for before any work is shared out: the same one is named whatever the threads do.
inline void require_in_range(const Tensor& indices, std::int64_t extent, std::string_view who) {
  const std::int64_t* index = indices.data<std::int64_t>();
  const std::int64_t count = indices.count();
  if (count == 0) return;
  Walk<1> walk(Axes<1>(indices.shape(), {indices.strides()}), 0);
  for (std::int64_t first = 0; first < count;) {
    const std::int64_t run = walk.run();
    for (std::int64_t i = 0; i < run; ++i) {
      const std::int64_t found = index[walk.at() + i * walk.step()];
      if (found < 0 || found >= extent)
        raise(who, ": found index ", found, " at position ", first + i, " of ", count,
              ", expected 0 to ", extent - 1);
    }
    walk.skip(run);
    first += run;
  }
}

}  // namespace tutti::cpu
