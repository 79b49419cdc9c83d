#include "parallel/tensor_blocks.h"
#include "tutti/parallel/collectives.h"

namespace tutti {

using namespace parallel;

void all_gather_v(Communicator& communicator, const Tensor& mine, const Tensor& all,
                  std::span<const std::size_t> counts, const CallOptions& options,
                  std::source_location site) {
  all_gather_v(communicator, block_of(mine, false, "all_gather_v"),
               block_of(all, true, "all_gather_v"), counts,
               on_stream_of(options, mine ? mine : all), site);
}
Work all_gather_v_async(Communicator& communicator, const Tensor& mine, const Tensor& all,
                        std::span<const std::size_t> counts, const CallOptions& options,
                        std::source_location site) {
  const auto where = on_stream_of(options, mine ? mine : all);
  return and_count(communicator,
                   all_gather_v_async(communicator, block_of(mine, false, "all_gather_v"),
                                      block_of(all, true, "all_gather_v"), counts, where, site),
                   {mine, all}, all, where.stream);
}

void gather_v(Communicator& communicator, const Tensor& mine, const Tensor& all,
              std::span<const std::size_t> counts, int root, const CallOptions& options,
              std::source_location site) {
  gather_v(communicator, block_of(mine, false, "gather_v"),
           unless_empty(block_of(all, true, "gather_v"), block_of(mine, false, "gather_v"), counts),
           counts, root, on_stream_of(options, mine ? mine : all), site);
}
Work gather_v_async(Communicator& communicator, const Tensor& mine, const Tensor& all,
                    std::span<const std::size_t> counts, int root, const CallOptions& options,
                    std::source_location site) {
  const auto where = on_stream_of(options, mine ? mine : all);
  return and_count(communicator,
                   gather_v_async(communicator, block_of(mine, false, "gather_v"),
                                  unless_empty(block_of(all, true, "gather_v"),
                                               block_of(mine, false, "gather_v"), counts),
                                  counts, root, where, site),
                   {mine, all}, all, where.stream);
}

void scatter_v(Communicator& communicator, const Tensor& all, const Tensor& mine,
               std::span<const std::size_t> counts, int root, const CallOptions& options,
               std::source_location site) {
  scatter_v(
      communicator,
      unless_empty(block_of(all, false, "scatter_v"), block_of(mine, false, "scatter_v"), counts),
      block_of(mine, true, "scatter_v"), counts, root, on_stream_of(options, all ? all : mine),
      site);
}
Work scatter_v_async(Communicator& communicator, const Tensor& all, const Tensor& mine,
                     std::span<const std::size_t> counts, int root, const CallOptions& options,
                     std::source_location site) {
  const auto where = on_stream_of(options, all ? all : mine);
  return and_count(communicator,
                   scatter_v_async(communicator,
                                   unless_empty(block_of(all, false, "scatter_v"),
                                                block_of(mine, false, "scatter_v"), counts),
                                   block_of(mine, true, "scatter_v"), counts, root, where, site),
                   {all, mine}, mine, where.stream);
}

void all_to_all_v(Communicator& communicator, const Tensor& in,
                  std::span<const std::size_t> in_counts, const Tensor& out,
                  std::span<const std::size_t> out_counts, const CallOptions& options,
                  std::source_location site) {
  all_to_all_v(communicator, block_of(in, false, "all_to_all_v"), in_counts,
               block_of(out, true, "all_to_all_v"), out_counts,
               on_stream_of(options, in ? in : out), site);
}
Work all_to_all_v_async(Communicator& communicator, const Tensor& in,
                        std::span<const std::size_t> in_counts, const Tensor& out,
                        std::span<const std::size_t> out_counts, const CallOptions& options,
                        std::source_location site) {
  const auto where = on_stream_of(options, in ? in : out);
  return and_count(communicator,
                   all_to_all_v_async(communicator, block_of(in, false, "all_to_all_v"), in_counts,
                                      block_of(out, true, "all_to_all_v"), out_counts, where, site),
                   {in, out}, out, where.stream);
}

}  // namespace tutti
