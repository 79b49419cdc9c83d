#include "tutti/parallel/collectives.h"

#include "parallel/tensor_blocks.h"

namespace tutti {

using namespace parallel;
void all_reduce(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
                const AllReduceOptions& options, std::source_location site) {
  all_reduce(communicator, block_of(in, false, "all_reduce"), block_of(out, true, "all_reduce"), op,
             on_stream_of(options, in ? in : out), site);
}
Work all_reduce_async(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
                      const AllReduceOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, in ? in : out);
  return and_count(communicator,
                   all_reduce_async(communicator, block_of(in, false, "all_reduce"),
                                    block_of(out, true, "all_reduce"), op, where, site),
                   {in, out}, out, where.stream);
}

void all_reduce(Communicator& communicator, const Tensor& data, ReduceOp op,
                const AllReduceOptions& options, std::source_location site) {
  all_reduce(communicator, block_of(data, true, "all_reduce"), op, on_stream_of(options, data),
             site);
}
Work all_reduce_async(Communicator& communicator, const Tensor& data, ReduceOp op,
                      const AllReduceOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, data);
  return and_count(
      communicator,
      all_reduce_async(communicator, block_of(data, true, "all_reduce"), op, where, site), {data},
      data, where.stream);
}

void reduce(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op, int root,
            const CallOptions& options, std::source_location site) {
  reduce(communicator, block_of(in, false, "reduce"),
         unless_empty(block_of(out, true, "reduce"), block_of(in, false, "reduce"), 1), op, root,
         on_stream_of(options, in ? in : out), site);
}
Work reduce_async(Communicator& communicator, const Tensor& in, const Tensor& out, ReduceOp op,
                  int root, const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, in ? in : out);
  return and_count(
      communicator,
      reduce_async(communicator, block_of(in, false, "reduce"),
                   unless_empty(block_of(out, true, "reduce"), block_of(in, false, "reduce"), 1),
                   op, root, where, site),
      {in, out}, out, where.stream);
}

void reduce(Communicator& communicator, const Tensor& data, ReduceOp op, int root,
            const CallOptions& options, std::source_location site) {
  reduce(communicator, block_of(data, true, "reduce"), op, root, on_stream_of(options, data), site);
}
Work reduce_async(Communicator& communicator, const Tensor& data, ReduceOp op, int root,
                  const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, data);
  return and_count(
      communicator,
      reduce_async(communicator, block_of(data, true, "reduce"), op, root, where, site), {data},
      data, where.stream);
}

void broadcast(Communicator& communicator, const Tensor& in, const Tensor& out, int root,
               const CallOptions& options, std::source_location site) {
  const Block result = block_of(out, true, "broadcast");
  broadcast(communicator, unless_empty(block_of(in, false, "broadcast"), result, 1), result, root,
            on_stream_of(options, out), site);
}
Work broadcast_async(Communicator& communicator, const Tensor& in, const Tensor& out, int root,
                     const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, out);
  const Block result = block_of(out, true, "broadcast");
  return and_count(
      communicator,
      broadcast_async(communicator, unless_empty(block_of(in, false, "broadcast"), result, 1),
                      result, root, where, site),
      {in, out}, out, where.stream);
}

void broadcast(Communicator& communicator, const Tensor& data, int root, const CallOptions& options,
               std::source_location site) {
  broadcast(communicator, block_of(data, true, "broadcast"), root, on_stream_of(options, data),
            site);
}
Work broadcast_async(Communicator& communicator, const Tensor& data, int root,
                     const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, data);
  return and_count(
      communicator,
      broadcast_async(communicator, block_of(data, true, "broadcast"), root, where, site), {data},
      data, where.stream);
}

void reduce_scatter(Communicator& communicator, const Tensor& all, const Tensor& mine, ReduceOp op,
                    const CallOptions& options, std::source_location site) {
  reduce_scatter(communicator, block_of(all, false, "reduce_scatter"),
                 block_of(mine, true, "reduce_scatter"), op,
                 on_stream_of(options, all ? all : mine), site);
}
Work reduce_scatter_async(Communicator& communicator, const Tensor& all, const Tensor& mine,
                          ReduceOp op, const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, all ? all : mine);
  return and_count(communicator,
                   reduce_scatter_async(communicator, block_of(all, false, "reduce_scatter"),
                                        block_of(mine, true, "reduce_scatter"), op, where, site),
                   {all, mine}, mine, where.stream);
}

void all_gather(Communicator& communicator, const Tensor& mine, const Tensor& all,
                const CallOptions& options, std::source_location site) {
  all_gather(communicator, block_of(mine, false, "all_gather"), block_of(all, true, "all_gather"),
             on_stream_of(options, mine ? mine : all), site);
}
Work all_gather_async(Communicator& communicator, const Tensor& mine, const Tensor& all,
                      const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, mine ? mine : all);
  return and_count(communicator,
                   all_gather_async(communicator, block_of(mine, false, "all_gather"),
                                    block_of(all, true, "all_gather"), where, site),
                   {mine, all}, all, where.stream);
}

void gather(Communicator& communicator, const Tensor& mine, const Tensor& all, int root,
            const CallOptions& options, std::source_location site) {
  gather(communicator, block_of(mine, false, "gather"),
         unless_empty(block_of(all, true, "gather"), block_of(mine, false, "gather"),
                      communicator.size()),
         root, on_stream_of(options, mine ? mine : all), site);
}
Work gather_async(Communicator& communicator, const Tensor& mine, const Tensor& all, int root,
                  const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, mine ? mine : all);
  return and_count(communicator,
                   gather_async(communicator, block_of(mine, false, "gather"),
                                unless_empty(block_of(all, true, "gather"),
                                             block_of(mine, false, "gather"), communicator.size()),
                                root, where, site),
                   {mine, all}, all, where.stream);
}

void scatter(Communicator& communicator, const Tensor& all, const Tensor& mine, int root,
             const CallOptions& options, std::source_location site) {
  scatter(communicator,
          unless_empty(block_of(all, false, "scatter"), block_of(mine, false, "scatter"),
                       communicator.size()),
          block_of(mine, true, "scatter"), root, on_stream_of(options, all ? all : mine), site);
}
Work scatter_async(Communicator& communicator, const Tensor& all, const Tensor& mine, int root,
                   const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, all ? all : mine);
  return and_count(
      communicator,
      scatter_async(communicator,
                    unless_empty(block_of(all, false, "scatter"), block_of(mine, false, "scatter"),
                                 communicator.size()),
                    block_of(mine, true, "scatter"), root, where, site),
      {all, mine}, mine, where.stream);
}

void all_to_all(Communicator& communicator, const Tensor& in, const Tensor& out,
                const CallOptions& options, std::source_location site) {
  all_to_all(communicator, block_of(in, false, "all_to_all"), block_of(out, true, "all_to_all"),
             on_stream_of(options, in ? in : out), site);
}
Work all_to_all_async(Communicator& communicator, const Tensor& in, const Tensor& out,
                      const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, in ? in : out);
  return and_count(communicator,
                   all_to_all_async(communicator, block_of(in, false, "all_to_all"),
                                    block_of(out, true, "all_to_all"), where, site),
                   {in, out}, out, where.stream);
}

void send(Communicator& communicator, const Tensor& data, int to, const CallOptions& options,
          std::source_location site) {
  send(communicator, block_of(data, false, "send"), to, on_stream_of(options, data), site);
}
Work send_async(Communicator& communicator, const Tensor& data, int to, const CallOptions& options,
                std::source_location site) {
  const auto where = on_stream_of(options, data);
  return and_count(communicator,
                   send_async(communicator, block_of(data, false, "send"), to, where, site), {data},
                   Tensor(), where.stream);
}

void recv(Communicator& communicator, const Tensor& data, int from, const CallOptions& options,
          std::source_location site) {
  recv(communicator, block_of(data, true, "recv"), from, on_stream_of(options, data), site);
}
Work recv_async(Communicator& communicator, const Tensor& data, int from,
                const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, data);
  return and_count(communicator,
                   recv_async(communicator, block_of(data, true, "recv"), from, where, site),
                   {data}, data, where.stream);
}

void send_recv(Communicator& communicator, const Tensor& out, int to, const Tensor& in, int from,
               const CallOptions& options, std::source_location site) {
  send_recv(communicator, block_of(out, false, "send_recv"), to, block_of(in, true, "send_recv"),
            from, on_stream_of(options, in), site);
}
Work send_recv_async(Communicator& communicator, const Tensor& out, int to, const Tensor& in,
                     int from, const CallOptions& options, std::source_location site) {
  const auto where = on_stream_of(options, in);
  return and_count(communicator,
                   send_recv_async(communicator, block_of(out, false, "send_recv"), to,
                                   block_of(in, true, "send_recv"), from, where, site),
                   {out, in}, in, where.stream);
}

}  // namespace tutti
