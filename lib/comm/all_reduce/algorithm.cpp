#include "tutti/comm/all_reduce/algorithm.h"

#include "comm/node/shares.h"
#include "comm/reduce_blocks.h"
#include "comm/reduce_many.h"

namespace tutti::algorithms {

std::size_t rounds_of_share(const Problem& problem) {
  return longest_line_share(problem.count, problem.dtype, problem.ranks);
}

void run_in_place(InPlace body, Communicator& communicator, const Block& in, const Block& out,
                  const ReduceOp& op, const Stream& stream) {
  const Dtype sums = accumulator_of(in.dtype);
  if (sums == in.dtype) {
    if (out.data != in.data) copy(stream, out, in);
    return body(communicator, out, op, stream);
  }
  if (in.device.kind != DeviceKind::cpu)
    raise(communicator.label("all_reduce"), ": found ", in.dtype, " on ", in.device,
          ", expected f32 or f64; convert it first");
  const Scratch wide = communicator.scratch({nullptr, in.count, sums, in.device});
  convert(wide.block, in);
  body(communicator, wide.block, op, stream);
  convert(out, wide.block);
}

}  // namespace tutti::algorithms
