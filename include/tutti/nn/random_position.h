// Where random layers draw from while training.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "tutti/base/philox.h"

namespace tutti::nn {

/// A place in the run: a shard of a step, numbered alike on every layout of ranks, with the calls
/// that each module has made there. Equal places give equal draws; two calls differ.
struct RandomPosition {
  std::uint64_t step = 0;
  std::uint32_t shard = 0;
  std::unordered_map<const void*, std::uint32_t> calls;  ///< by module
};

/// The numbers of call `call` of a module's shard and step. Each argument has a word of Philox's
/// counter to itself, so that none can run over into another.
RandomDraw random_draw(std::uint64_t module_key, std::uint64_t step, std::uint32_t shard,
                       std::uint32_t call);

/// A module's key, from the seed of its model and its path.
std::uint64_t random_key(std::uint64_t seed, std::string_view path);

}  // namespace tutti::nn
