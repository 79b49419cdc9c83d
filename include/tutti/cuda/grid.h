// How kernels are launched, and all that they may use of the machine: a kernel is a functor that is
// copied to the device byte for byte and gets the element, Warp or Block that it is to work on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "tutti/base/error.h"
#include "tutti/device/stream.h"
#if defined(TUTTI_SIMT)
#include "support/simt/block.h"  // the emulator of the tests: compiles kernels as plain C++
#else
#include "tutti/cuda/block.h"
#endif

namespace tutti::cuda {

/// What a block can have of shared memory on every device since sm_80.
inline constexpr std::size_t most_shared_bytes = std::size_t{99} << 10;

/// Enqueues f(block) for every thread of `blocks` blocks, which share nothing but global memory and
/// run in any order. Each block has `shared_bytes` bytes of shared memory. Nothing for 0 blocks.
template <class F>
void for_each_block(const char* who, CudaStream stream, std::int64_t blocks,
                    std::size_t shared_bytes, const F& f) {
  static_assert(std::is_trivially_copyable_v<F>, "a kernel is copied to the device byte for byte");
  if (blocks <= 0) return;
  if (shared_bytes > most_shared_bytes || blocks > INT32_MAX)
    raise(who, ": found a kernel of ", blocks, " blocks with ", shared_bytes,
          " bytes of shared memory each, expected at most ", INT32_MAX, " with ",
          most_shared_bytes);
  launch(who, stream, blocks, shared_bytes, f);
}

inline std::int64_t blocks_for(std::int64_t threads) {
  return std::min(most_blocks, (threads + block_threads - 1) / block_threads);
}

template <class F>
struct EachElement {
  std::int64_t count;
  F f;

  __device__ void operator()(const Block& block) const {
    const std::int64_t step = block.blocks() * block_threads;
    for (std::int64_t i = block.index() * block_threads + block.thread(); i < count; i += step)
      f(i);
  }
};

/// Enqueues f(i) for every i in [0, count), one thread each. Nothing for a count of 0.
template <class F>
void for_each(const char* who, CudaStream stream, std::int64_t count, const F& f) {
  for_each_block(who, stream, blocks_for(count), 0, EachElement<F>{count, f});
}

template <class F>
struct EachWarp {
  std::int64_t count;
  F f;

  __device__ void operator()(const Block& block) const {
    constexpr int warps = block_threads / warp_threads;
    const Warp warp = block.warp();
    const std::int64_t step = block.blocks() * warps;
    for (std::int64_t i = block.index() * warps + warp.index(); i < count; i += step) f(i, warp);
  }
};

/// Enqueues f(i, warp) for every i in [0, count), by the 32 lanes of a warp together.
template <class F>
void for_each_warp(const char* who, CudaStream stream, std::int64_t count, const F& f) {
  for_each_block(who, stream, blocks_for(count * warp_threads), 0, EachWarp<F>{count, f});
}

}  // namespace tutti::cuda
