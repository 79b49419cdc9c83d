#include "tutti/nn/random_position.h"

#include "tutti/base/philox.h"

namespace tutti::nn {
namespace {

std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return low | std::uint64_t{high} << 32;
}

}  // namespace

RandomDraw random_draw(std::uint64_t module_key, std::uint64_t step, std::uint32_t shard,
                       std::uint32_t call) {
  auto words = Philox(module_key)(
      {static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32), shard, call});
  return {joined(words[0], words[1]), joined(words[2], words[3])};
}

std::uint64_t random_key(std::uint64_t seed, std::string_view path) {
  auto words = Philox(seed).at(stream_of(path), 0);
  return joined(words[0], words[1]);
}

}  // namespace tutti::nn
