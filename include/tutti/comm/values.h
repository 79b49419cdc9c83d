// Collectives of spans and of single numbers. All block; asynchronous calls and v-forms take
// block_of().
#pragma once

#include <span>

#include "tutti/comm/all_gather.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_to_all.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/gather.h"
#include "tutti/comm/reduce.h"
#include "tutti/comm/reduce_scatter.h"
#include "tutti/comm/scatter.h"
#include "tutti/comm/send.h"

namespace tutti {

/// A C++ type of which there are elements: one that has a Dtype.
template <class T>
concept ElementType = requires {
  dtype_of<T>();
};

/// The block of a span's elements.
template <class T, std::size_t n>
requires ElementType<std::remove_const_t<T>> Block block_of(std::span<T, n> elements) {
  return block_of(elements.data(), elements.size());
}

/// Two spans of one type, of which the first is only read.
template <class In, class Out>
concept InAndOut = ElementType<Out> && std::same_as<std::remove_const_t<In>, Out>;

/// As all_reduce() of a block, in place.
template <ElementType T, std::size_t n>
void all_reduce(Communicator& communicator, std::span<T, n> data, ReduceOp op,
                const AllReduceOptions& options = {},
                std::source_location site = std::source_location::current()) {
  all_reduce(communicator, block_of(data), op, options, site);
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
  broadcast(communicator, block_of(data), root, options, site);
}

/// Collective, blocking: the number of rank `root`.
template <ElementType T>
[[nodiscard]] T broadcast(Communicator& communicator, T value, int root = 0,
                          const CallOptions& options = {},
                          std::source_location site = std::source_location::current()) {
  broadcast(communicator, block_of(&value, 1), root, options, site);
  return value;
}

/// As reduce() of blocks.
template <class In, class Out, std::size_t n, std::size_t m>
requires InAndOut<In, Out>
void reduce(Communicator& communicator, std::span<In, n> in, std::span<Out, m> out, ReduceOp op,
            int root = 0, const CallOptions& options = {},
            std::source_location site = std::source_location::current()) {
  reduce(communicator, block_of(in), block_of(out), op, root, options, site);
}

/// As reduce_scatter() of blocks.
template <class In, class Out, std::size_t n, std::size_t m>
requires InAndOut<In, Out>
void reduce_scatter(Communicator& communicator, std::span<In, n> all, std::span<Out, m> mine,
                    ReduceOp op, const CallOptions& options = {},
                    std::source_location site = std::source_location::current()) {
  reduce_scatter(communicator, block_of(all), block_of(mine), op, options, site);
}

/// As all_gather() of blocks.
template <class In, class Out, std::size_t n, std::size_t m>
requires InAndOut<In, Out>
void all_gather(Communicator& communicator, std::span<In, n> mine, std::span<Out, m> all,
                const CallOptions& options = {},
                std::source_location site = std::source_location::current()) {
  all_gather(communicator, block_of(mine), block_of(all), options, site);
}

/// As gather() of blocks.
template <class In, class Out, std::size_t n, std::size_t m>
requires InAndOut<In, Out>
void gather(Communicator& communicator, std::span<In, n> mine, std::span<Out, m> all, int root = 0,
            const CallOptions& options = {},
            std::source_location site = std::source_location::current()) {
  gather(communicator, block_of(mine), block_of(all), root, options, site);
}

/// As scatter() of blocks.
template <class In, class Out, std::size_t n, std::size_t m>
requires InAndOut<In, Out>
void scatter(Communicator& communicator, std::span<In, n> all, std::span<Out, m> mine, int root = 0,
             const CallOptions& options = {},
             std::source_location site = std::source_location::current()) {
  scatter(communicator, block_of(all), block_of(mine), root, options, site);
}

/// As all_to_all() of blocks.
template <class In, class Out, std::size_t n, std::size_t m>
requires InAndOut<In, Out>
void all_to_all(Communicator& communicator, std::span<In, n> in, std::span<Out, m> out,
                const CallOptions& options = {},
                std::source_location site = std::source_location::current()) {
  all_to_all(communicator, block_of(in), block_of(out), options, site);
}

/// As send() of a block.
template <class T, std::size_t n>
requires ElementType<std::remove_const_t<T>>
void send(Communicator& communicator, std::span<T, n> data, int to, const CallOptions& options = {},
          std::source_location site = std::source_location::current()) {
  send(communicator, block_of(data), to, options, site);
}

/// As recv() of a block.
template <ElementType T, std::size_t n>
void recv(Communicator& communicator, std::span<T, n> data, int from,
          const CallOptions& options = {},
          std::source_location site = std::source_location::current()) {
  recv(communicator, block_of(data), from, options, site);
}

}  // namespace tutti
