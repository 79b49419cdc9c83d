// How ranks divide a block among them.
#pragma once

#include "tutti/base/block.h"

namespace tutti {

/// Where the share of `rank` begins: count * rank / ranks, without overflow.
inline std::size_t share_begin(std::size_t count, int rank, int ranks) {
  const auto r = static_cast<std::size_t>(rank), p = static_cast<std::size_t>(ranks);
  return count / p * r + count % p * r / p;
}

/// Elements [count*rank/ranks, count*(rank+1)/ranks) of `whole`: shares differ by at most one
/// element, and by none where ranks divides count.
inline Block share(Block whole, int rank, int ranks) {
  return whole.slice(share_begin(whole.count, rank, ranks),
                     share_begin(whole.count, rank + 1, ranks));
}

}  // namespace tutti
