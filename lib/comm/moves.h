// What collectives are composed of: each runs on the calling thread of all ranks, checked before.
#pragma once

#include "comm/parts.h"
#include "tutti/comm/communicator.h"

namespace tutti {

/// all's part of rank r = `mine` of rank r, on `root`. `mine` may lie in its place.
void gather_parts(Communicator& self, const Parts& parts, Block mine, Block all, int root,
                  const Stream& stream);
/// `mine` = all's part of this rank, where `all` is the root's. `mine` may lie in its place.
void scatter_parts(Communicator& self, const Parts& parts, Block all, Block mine, int root,
                   const Stream& stream);
/// all's part of rank r = `mine` of rank r, on every rank. `mine` may lie in its place.
void all_gather_parts(Communicator& self, const Parts& parts, Block mine, Block all,
                      const Stream& stream);
/// `mine` = this rank's part of the canonical reduction of `all`, rounded once.
void reduce_scatter_parts(Communicator& self, const Parts& parts, Block all, Block mine,
                          const ReduceOp& op, const Stream& stream);

/// From here on, the root of a gather or scatter speaks to each rank itself.
inline constexpr std::size_t tree_bytes = 32 << 10;

inline void copy_unless_there(const Stream& stream, Block to, Block from) {
  if (to.data != from.data && to.count > 0) copy(stream, to, from);
}

}  // namespace tutti
