// How ranks divide a block among them.
#pragma once

#include "tutti/base/block.h"

namespace tutti {

/// Elements [count*rank/ranks, count*(rank+1)/ranks) of `whole`: shares differ by at most one
/// element, and by none where ranks divides count.
inline Block share(Block whole, int rank, int ranks) {
  auto end = [&](int r) {
    std::size_t n = whole.count, p = static_cast<std::size_t>(ranks);
    return n / p * r + n % p * r / p;  // n * r / p without overflow
  };
  return whole.slice(end(rank), end(rank + 1));
}

}  // namespace tutti
