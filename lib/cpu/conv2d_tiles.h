// Convolutions in f32 over tiles of samples, which a library computes.
#pragma once

#include "conv2d_tile.h"

namespace tutti::cpu {

// Arguments as those of the launchers. False, and nothing done, where products of columns are the
// better way.
bool output_by_tiles(const launch::Extents& conv, float* y, const float* x, const float* w,
                     const float* bias, const Device& device);
bool input_by_tiles(const launch::Extents& conv, float* dx, const float* dy, const float* w,
                    const Device& device);
/// Chunk 0 of the samples gives `first`, chunk i the weights number i - 1 of `others`.
bool weight_by_tiles(const launch::Extents& conv, std::int64_t chunks, float* first, float* others,
                     const float* dy, const float* x, const Device& device);

}  // namespace tutti::cpu
