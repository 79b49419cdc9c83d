// How the ranks of a node come to map the same memory.
#pragma once

#include <memory>
#include <span>

#include "comm/node/mapping.h"
#include "tutti/comm/transport.h"

namespace tutti {

/// Collective over `members` (ranks of `transport`, on one machine): the same `bytes` bytes of
/// zeros mapped by all of them, or null on all of them.
std::shared_ptr<Mapping> share_mapping(Transport& transport, std::span<const int> members,
                                       std::size_t bytes);

/// Collective over the transport's ranks: whether `yes` on all of them.
bool all_agree(Transport& transport, bool yes);

}  // namespace tutti
