// Collectives of tensors.
#pragma once

#include "tutti/comm/all_gather.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_to_all.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/gather.h"
#include "tutti/comm/reduce.h"
#include "tutti/comm/reduce_scatter.h"
#include "tutti/comm/scatter.h"
#include "tutti/comm/send.h"
#include "tutti/comm/values.h"
#include "tutti/tensor/tensor.h"

// Each is the collective of the same name for the tensors' elements: see there. Tensors must be
// dense, of one dtype, on the communicator's device. Results are written in place, which counts as
// a write of the tensor: before an asynchronous call is on its way and again when it is done, so
// that a backward that saved it notices. An asynchronous call keeps its tensors' memory alive. The
// stream is the tensors' own, unless the options name another. Where a rank's result or input is
// not used (reduce, gather, scatter: but on the root; a broadcast's input, but there) it may be
// empty. A gradient is a tensor: all_reduce(world, parameter.grad(), ReduceOp::average()).
namespace tutti {

void all_reduce(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
                const AllReduceOptions& options = {},
                std::source_location site = std::source_location::current());
Work all_reduce_async(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
                      const AllReduceOptions& options = {},
                      std::source_location site = std::source_location::current());

void all_reduce(Communicator& communicator, const Tensor& data, ReduceOp op,
                const AllReduceOptions& options = {},
                std::source_location site = std::source_location::current());
Work all_reduce_async(Communicator& communicator, const Tensor& data, ReduceOp op,
                      const AllReduceOptions& options = {},
                      std::source_location site = std::source_location::current());

void reduce(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
            int root = 0, const CallOptions& options = {},
            std::source_location site = std::source_location::current());
Work reduce_async(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
                  int root = 0, const CallOptions& options = {},
                  std::source_location site = std::source_location::current());

void reduce(Communicator& communicator, const Tensor& data, ReduceOp op, int root = 0,
            const CallOptions& options = {},
            std::source_location site = std::source_location::current());
Work reduce_async(Communicator& communicator, const Tensor& data, ReduceOp op, int root = 0,
                  const CallOptions& options = {},
                  std::source_location site = std::source_location::current());

void broadcast(Communicator& communicator, const Tensor& in, const Tensor& out, int root = 0,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current());
Work broadcast_async(Communicator& communicator, const Tensor& in, const Tensor& out, int root = 0,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

void broadcast(Communicator& communicator, const Tensor& data, int root = 0,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current());
Work broadcast_async(Communicator& communicator, const Tensor& data, int root = 0,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

void reduce_scatter(Communicator& communicator, const Tensor& all, const Tensor& mine, ReduceOp op,
                    const CallOptions& options = {},
                    std::source_location site = std::source_location::current());
Work reduce_scatter_async(Communicator& communicator, const Tensor& all, const Tensor& mine,
                          ReduceOp op, const CallOptions& options = {},
                          std::source_location site = std::source_location::current());

void all_gather(Communicator& communicator, const Tensor& mine, const Tensor& all,
                const CallOptions& options = {},
                std::source_location site = std::source_location::current());
Work all_gather_async(Communicator& communicator, const Tensor& mine, const Tensor& all,
                      const CallOptions& options = {},
                      std::source_location site = std::source_location::current());

void gather(Communicator& communicator, const Tensor& mine, const Tensor& all, int root = 0,
            const CallOptions& options = {},
            std::source_location site = std::source_location::current());
Work gather_async(Communicator& communicator, const Tensor& mine, const Tensor& all, int root = 0,
                  const CallOptions& options = {},
                  std::source_location site = std::source_location::current());

void scatter(Communicator& communicator, const Tensor& all, const Tensor& mine, int root = 0,
             const CallOptions& options = {},
             std::source_location site = std::source_location::current());
Work scatter_async(Communicator& communicator, const Tensor& all, const Tensor& mine, int root = 0,
                   const CallOptions& options = {},
                   std::source_location site = std::source_location::current());

void all_to_all(Communicator& communicator, const Tensor& in, const Tensor& out,
                const CallOptions& options = {},
                std::source_location site = std::source_location::current());
Work all_to_all_async(Communicator& communicator, const Tensor& in, const Tensor& out,
                      const CallOptions& options = {},
                      std::source_location site = std::source_location::current());

void send(Communicator& communicator, const Tensor& data, int to, const CallOptions& options = {},
          std::source_location site = std::source_location::current());
Work send_async(Communicator& communicator, const Tensor& data, int to,
                const CallOptions& options = {},
                std::source_location site = std::source_location::current());

void recv(Communicator& communicator, const Tensor& data, int from, const CallOptions& options = {},
          std::source_location site = std::source_location::current());
Work recv_async(Communicator& communicator, const Tensor& data, int from,
                const CallOptions& options = {},
                std::source_location site = std::source_location::current());

void send_recv(Communicator& communicator, const Tensor& out, int to, const Tensor& in, int from,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current());
Work send_recv_async(Communicator& communicator, const Tensor& out, int to, const Tensor& in,
                     int from, const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

void all_gather_v(Communicator& communicator, const Tensor& mine, const Tensor& all,
                  std::span<const std::size_t> counts, const CallOptions& options = {},
                  std::source_location site = std::source_location::current());
Work all_gather_v_async(Communicator& communicator, const Tensor& mine, const Tensor& all,
                        std::span<const std::size_t> counts, const CallOptions& options = {},
                        std::source_location site = std::source_location::current());

void gather_v(Communicator& communicator, const Tensor& mine, const Tensor& all,
              std::span<const std::size_t> counts, int root = 0, const CallOptions& options = {},
              std::source_location site = std::source_location::current());
Work gather_v_async(Communicator& communicator, const Tensor& mine, const Tensor& all,
                    std::span<const std::size_t> counts, int root = 0,
                    const CallOptions& options = {},
                    std::source_location site = std::source_location::current());

void scatter_v(Communicator& communicator, const Tensor& all, const Tensor& mine,
               std::span<const std::size_t> counts, int root = 0, const CallOptions& options = {},
               std::source_location site = std::source_location::current());
Work scatter_v_async(Communicator& communicator, const Tensor& all, const Tensor& mine,
                     std::span<const std::size_t> counts, int root = 0,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

void all_to_all_v(Communicator& communicator, const Tensor& in,
                  std::span<const std::size_t> in_counts, const Tensor& out,
                  std::span<const std::size_t> out_counts, const CallOptions& options = {},
                  std::source_location site = std::source_location::current());
Work all_to_all_v_async(Communicator& communicator, const Tensor& in,
                        std::span<const std::size_t> in_counts, const Tensor& out,
                        std::span<const std::size_t> out_counts, const CallOptions& options = {},
                        std::source_location site = std::source_location::current());

}  // namespace tutti
