#include "comm/reduce_blocks.h"

#include <vector>

#include "comm/canonical.h"
#include "comm/reduce_many.h"
#include "tutti/comm/block_math.h"

namespace tutti {
namespace {

std::byte* bytes_of(Block block) {
  return static_cast<std::byte*>(block.data);
}

// Combines inputs [lo, hi) pair by pair; returns where the result lies.
Block fold(std::span<const Block> inputs, int kept, const ReduceOp& op, const Stream& stream,
           int lo, int hi, const Block* out) {
  const auto at = [&](int k) { return inputs[static_cast<std::size_t>(k)]; };
  if (hi - lo == 1) return at(lo);
  const int middle = canonical_middle(lo, hi);
  const Block lower = fold(inputs, kept, op, stream, lo, middle, nullptr);
  const Block upper = fold(inputs, kept, op, stream, middle, hi, nullptr);
  const Block to = out ? *out : lower.data == at(kept).data ? upper : lower;
  combine(stream, to, lower, upper, op.kind, out ? op.divisor : 1);
  return to;
}

}  // namespace

void reduce_blocks(std::span<const Block> inputs, int kept, Block out, const ReduceOp& op,
                   const Stream& stream) {
  if (out.count == 0) return;
  if (out.device.kind == DeviceKind::cpu) {
    std::vector<const std::byte*> places;
    places.reserve(inputs.size());
    for (const Block& input : inputs) places.push_back(bytes_of(input));
    std::byte* outputs[] = {bytes_of(out)};
    return reduce_many({places, inputs.front().dtype, outputs, out.dtype, out.count}, op.kind,
                       op.divisor, Stores::ordinary);
  }
  if (inputs.size() > 1) {
    fold(inputs, kept, op, stream, 0, static_cast<int>(inputs.size()), &out);
  } else {
    if (out.data != inputs.front().data) copy(stream, out, inputs.front());
    divide(stream, out, op.divisor);
  }
}

void convert(Block out, Block in) {
  reduce_blocks({&in, 1}, 0, out, ReduceOp::sum(), CpuStream{});
}

void require_reducible_there(const Communicator& communicator, std::string_view call, Block block) {
  if (accumulator_of(block.dtype) != block.dtype && block.device.kind != DeviceKind::cpu)
    raise(communicator.label(call), ": found ", block.dtype, " on ", block.device,
          ", expected f32 or f64; convert it first");
}

}  // namespace tutti
