// Collectives of spans and of single numbers.
#pragma once

#include <span>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/broadcast.h"

namespace tutti {

/// A C++ type of which there are elements: one that has a Dtype.
template <class T>
concept ElementType = requires {
  dtype_of<T>();
};

/// As all_reduce() of a block, in place.
template <ElementType T, std::size_t n>
void all_reduce(Communicator& communicator, std::span<T, n> data, ReduceOp op,
                const AllReduceOptions& options = {},
                std::source_location site = std::source_location::current()) {
  all_reduce(communicator, block_of(data.data(), data.size()), op, options, site);
}

/// Collective, blocking: the reduction of every rank's number, as in
/// `double mean = all_reduce(world, loss, ReduceOp::average())`.
template <ElementType T>
[[nodiscard]] T all_reduce(Communicator& communicator, T value, ReduceOp op,
                           const AllReduceOptions& options = {},
                           std::source_location site = std::source_location::current()) {
  all_reduce(communicator, block_of(&value, 1), op, options, site);
  return value;
}

/// As broadcast() of a block.
template <ElementType T, std::size_t n>
void broadcast(Communicator& communicator, std::span<T, n> data, int root = 0,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current()) {
  broadcast(communicator, block_of(data.data(), data.size()), root, options, site);
}

/// Collective, blocking: the number of rank `root`.
template <ElementType T>
[[nodiscard]] T broadcast(Communicator& communicator, T value, int root = 0,
                          const CallOptions& options = {},
                          std::source_location site = std::source_location::current()) {
  broadcast(communicator, block_of(&value, 1), root, options, site);
  return value;
}

}  // namespace tutti
