#include "values.h"

#include <algorithm>
#include <cstring>

#include "comm/reduce_many.h"

namespace tutti::bench {
namespace {

constexpr std::size_t period = 4093;

std::uint32_t mixed(std::uint32_t x) {
  x = (x ^ x >> 16) * 0x7feb352du;
  x = (x ^ x >> 15) * 0x846ca68bu;
  return x ^ x >> 16;
}

// Sums over the ranks stay whole numbers up to 255, which bf16 and u8 still hold exactly; one rank
// at a time contributes a factor other than 1 and -1.
int value(const Case& what, int rank, std::size_t i) {
  const auto element = static_cast<std::uint32_t>(i % period);
  const std::uint32_t noise =
      mixed(element + static_cast<std::uint32_t>(period) * static_cast<std::uint32_t>(rank + 1));
  const bool is_signed = what.dtype != Dtype::u8;
  if (what.op.kind == ReduceOp::Kind::product) {
    const bool chosen = static_cast<int>(mixed(element) >> 1) % what.ranks == rank;
    return (chosen ? 2 : 1) * (is_signed && noise % 2 ? -1 : 1);
  }
  if (rank > 255) return 0;
  const int most = std::clamp(255 / what.ranks, 1, 5);
  const auto numbers = static_cast<std::uint32_t>(is_signed ? 2 * most + 1 : most + 1);
  return static_cast<int>(noise % numbers) - (is_signed ? most : 0);
}

int reduced(const Case& what, std::size_t i) {
  int result = value(what, 0, i);
  for (int rank = 1; rank < what.ranks; ++rank) {
    const int next = value(what, rank, i);
    switch (what.op.kind) {
      case ReduceOp::Kind::sum:
        result += next;
        break;
      case ReduceOp::Kind::product:
        result *= next;
        break;
      case ReduceOp::Kind::min:
        result = std::min(result, next);
        break;
      case ReduceOp::Kind::max:
        result = std::max(result, next);
        break;
    }
  }
  return result;
}

void store(std::byte* to, Dtype dtype, int number, double divisor) {
  const auto put = [&](auto value) { std::memcpy(to, &value, sizeof value); };
  const float quotient = static_cast<float>(number) / static_cast<float>(divisor);
  if (dtype == Dtype::f16) return put(narrow(quotient, f16{}));
  if (dtype == Dtype::bf16) return put(narrow(quotient, bf16{}));
  visit_arithmetic(dtype, "tutti-bench", [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>)
      put(static_cast<T>(number) / static_cast<T>(divisor));
    else
      put(static_cast<T>(number));
  });
}

// One period of the input of `rank`, or of the reduction.
std::vector<std::byte> tile_of(const Case& what, int rank) {
  const std::size_t size = size_of(what.dtype);
  std::vector<std::byte> tile(period * size);
  const bool all = rank == Stretch::all;
  const double divisor = all ? what.op.for_ranks(what.ranks).divisor : 1;
  for (std::size_t i = 0; i < period; ++i)
    store(tile.data() + i * size, what.dtype, all ? reduced(what, i) : value(what, rank, i),
          divisor);
  return tile;
}

// Calls f(begin, end, offset) for the parts of `count` elements, from element `from` of the input,
// that stand in the tile one after the other.
template <class F>
void by_tiles(std::size_t from, std::size_t count, F&& f) {
  for (std::size_t begin = 0; begin < count;) {
    const std::size_t offset = (from + begin) % period;
    const std::size_t end = std::min(count, begin + period - offset);
    f(begin, end, offset);
    begin = end;
  }
}

}  // namespace

void Values::fill(Block block, int rank) const {
  const std::vector<std::byte> tile = tile_of(what_, rank);
  by_tiles(0, block.count, [&](std::size_t begin, std::size_t end, std::size_t offset) {
    const Block part = block.slice(begin, end);
    std::memcpy(part.data, tile.data() + offset * size_of(block.dtype), part.bytes());
  });
}

void Values::poison(Block block) {
  if (block.count > 0) std::memset(block.data, 0xa5, block.bytes());
}

std::uint64_t Values::wrong(Block block, const Result& result) const {
  const std::size_t size = size_of(block.dtype);
  std::uint64_t wrong = 0;
  std::size_t at = 0;
  for (const Stretch& stretch : result) {
    const std::vector<std::byte> tile = tile_of(what_, stretch.rank);
    const Block whole = block.slice(at, at + stretch.count);
    at += stretch.count;
    by_tiles(stretch.from, stretch.count,
             [&](std::size_t begin, std::size_t end, std::size_t offset) {
               const Block part = whole.slice(begin, end);
               const auto* found = static_cast<const std::byte*>(part.data);
               const std::byte* expected = tile.data() + offset * size;
               if (std::memcmp(found, expected, part.bytes()) == 0) return;
               for (std::size_t i = 0; i < part.count; ++i)
                 wrong += std::memcmp(found + i * size, expected + i * size, size) != 0;
             });
  }
  return wrong;
}

}  // namespace tutti::bench
