// How many threads of a kernel belong together.
#pragma once

namespace tutti::cuda {

inline constexpr int block_threads = 256;
inline constexpr int warp_threads = 32;

}  // namespace tutti::cuda
