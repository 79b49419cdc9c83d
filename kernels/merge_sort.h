// Rows of entries sorted without atomics or a block's shared memory: runs of doubling length are
// merged.
#pragma once

#include <algorithm>
#include <utility>

#include "tutti/cuda/grid.h"

namespace tutti::cuda {

/// Merges neighbouring sorted runs of `length` entries of each row: an entry's place in the merged
/// run is its place in its own plus the number of entries before it in the other, since no two are
/// equal.
template <class Entry>
struct MergeRuns {
  Entry* out;
  const Entry* in;
  std::int64_t count, length;  ///< of a row, of a run

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t first = i / count * count, place = i - first;
    const std::int64_t run = place / length, other = run ^ 1;
    const Entry* row = in + first;
    const std::int64_t begin = std::min(other * length, count);
    std::int64_t low = begin;
    for (std::int64_t high = std::min(begin + length, count); low < high;) {
      std::int64_t middle = low + (high - low) / 2;
      if (row[middle].before(row[place]))
        low = middle + 1;
      else
        high = middle;
    }
    const std::int64_t pair = std::min(run, other) * length;
    out[first + pair + (place - run * length) + (low - begin)] = row[place];
  }
};

/// Sorts the `count` entries of each of the rows in `entries`, of which no two are equal; `room` is
/// as large. Returns which of the two holds the result.
template <class Entry>
Entry* merge_sort(const char* who, CudaStream stream, Entry* entries, Entry* room,
                  std::int64_t rows, std::int64_t count) {
  for (std::int64_t length = 1; length < count; length *= 2) {
    for_each(who, stream, rows * count, MergeRuns<Entry>{room, entries, count, length});
    std::swap(entries, room);
  }
  return entries;
}

}  // namespace tutti::cuda
