#include "comm/node/symmetric_slices.h"

#include "comm/reduce_many.h"

namespace tutti {
namespace {

// Of all members' inputs together: so few that who waits between two pieces sees soon what has
// come.
constexpr std::size_t piece_bytes = 128 << 10, least_piece = 1 << 10;

}  // namespace

SymmetricSlices::SymmetricSlices(const NodeMemory& node, Block in, const SymmetricPlace& from,
                                 const SymmetricPlace& to, Block sums, ReduceOp::Kind kind)
    : from_(from),
      to_(to),
      offset_(line_share(in.count, in.dtype, node.me(), node.members(), slice_line).begin *
              size_of(in.dtype)),
      members_(node.members()),
      dtype_(in.dtype),
      sums_(sums),
      kind_(kind),
      piece_(std::max(piece_bytes / static_cast<std::size_t>(members_), least_piece) /
             size_of(sums.dtype)) {}

bool SymmetricSlices::go_on(std::size_t reduced, std::size_t given) {
  if (reduced_ < reduced)
    reduce(std::min(reduced, reduced_ + piece_));
  else if (given_ < given)
    give(std::min(given, given_ + piece_));
  else
    return false;
  return true;
}

void SymmetricSlices::reduce(std::size_t end) {
  const std::byte* inputs[NodeMemory::max_members];
  const std::size_t begin = offset_ + reduced_ * size_of(dtype_);
  for (int k = 0; k < members_; ++k) inputs[k] = from_.at(k) + begin;
  const Block sums = sums_.slice(reduced_, end);
  std::byte* const outputs[] = {static_cast<std::byte*>(sums.data)};
  reduce_many(
      {{inputs, static_cast<std::size_t>(members_)}, dtype_, outputs, sums.dtype, sums.count},
      kind_, 1, Stores::ordinary);
  reduced_ = end;
}

void SymmetricSlices::give(std::size_t end) {
  std::byte* outputs[NodeMemory::max_members];
  const std::size_t begin = offset_ + given_ * size_of(dtype_);
  for (int k = 0; k < members_; ++k) outputs[k] = to_.at(k) + begin;
  const Block sums = sums_.slice(given_, end);
  const std::byte* const inputs[] = {static_cast<const std::byte*>(sums.data)};
  reduce_many(
      {inputs, sums.dtype, {outputs, static_cast<std::size_t>(members_)}, dtype_, sums.count},
      ReduceOp::Kind::sum, 1, Stores::ordinary);
  given_ = end;
}

}  // namespace tutti
