// The threads of a kernel under nvcc. See grid.h.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tutti/cuda/device_scope.h"
#include "tutti/cuda/sizes.h"
#include "tutti/device/stream.h"

namespace tutti::cuda {

/// For for_each and for_each_warp: beyond as many blocks, each thread takes several elements.
inline constexpr std::int64_t most_blocks = 1 << 16;

/// The 32 neighbouring threads to which the calling one belongs. All of them must make the same
/// calls, in the same order. T is a number of at most 8 bytes.
class Warp {
 public:
  /// This thread's number in the warp.
  __device__ int lane() const { return static_cast<int>(threadIdx.x % warp_threads); }
  /// The warp's number in its block.
  __device__ int index() const { return static_cast<int>(threadIdx.x / warp_threads); }

  /// The value that lane `lane() ^ mask` gave.
  template <class T>
  __device__ T shuffle_xor(T value, int mask) const {
    return __shfl_xor_sync(~0u, value, mask);
  }
  /// The value that lane `lane() + distance` gave; one's own where there is no such lane.
  template <class T>
  __device__ T shuffle_down(T value, int distance) const {
    return __shfl_down_sync(~0u, value, static_cast<unsigned>(distance));
  }
  /// The value that lane `from` gave.
  template <class T>
  __device__ T shuffle(T value, int from) const {
    return __shfl_sync(~0u, value, from);
  }
  /// Does it hold for one lane at least; for all of them; bit i: for lane i.
  __device__ bool any(bool holds) const { return __any_sync(~0u, holds); }
  __device__ bool all(bool holds) const { return __all_sync(~0u, holds); }
  __device__ std::uint32_t ballot(bool holds) const { return __ballot_sync(~0u, holds); }
  /// Returns when all lanes have come here; they see each other's earlier stores.
  __device__ void sync() const { __syncwarp(); }
};

/// The block of `block_threads` threads to which the calling one belongs.
class Block {
 public:
  /// The block's number, and how many there are.
  __device__ std::int64_t index() const { return blockIdx.x; }
  __device__ std::int64_t blocks() const { return gridDim.x; }
  /// This thread's number in the block, and how many it has.
  __device__ int thread() const { return static_cast<int>(threadIdx.x); }
  __device__ static constexpr int threads() { return block_threads; }
  __device__ Warp warp() const { return {}; }

  /// Returns when all threads of the block have come to this very call; they see each other's
  /// earlier stores.
  __device__ void sync() const { __syncthreads(); }

  /// The block's shared memory from byte `offset` on, a multiple of T's alignment. Its contents
  /// start undefined.
  template <class T>
  __device__ T* shared(std::size_t offset = 0) const {
    extern __shared__ __align__(16) unsigned char block_shared_memory[];
    return reinterpret_cast<T*>(block_shared_memory + offset);
  }
};

/// *at += value as one step, in global or shared memory; returns what was there before. Sums of
/// floats take the order in which threads come: their bits differ from run to run.
template <class T>
__device__ T atomic_add(T* at, T value) {
  if constexpr (sizeof(T) == 8 && std::is_integral_v<T>)
    return static_cast<T>(atomicAdd(reinterpret_cast<unsigned long long*>(at),
                                    static_cast<unsigned long long>(value)));
  else
    return atomicAdd(at, value);
}

/// a / b rounded to nearest, whatever nvcc is told of fast division.
__device__ inline float divide_exactly(float a, float b) {
  return __fdiv_rn(a, b);
}
__device__ inline double divide_exactly(double a, double b) {
  return __ddiv_rn(a, b);
}

template <class F>
__global__ void __launch_bounds__(block_threads) run_block(F f) {
  Block block;
  f(block);
}

/// Enqueues f(block) for every thread of `blocks` blocks.
template <class F>
void launch(const char* who, CudaStream stream, std::int64_t blocks, std::size_t shared_bytes,
            const F& f) {
  DeviceScope scope(stream.device);
  if (shared_bytes > 48 << 10)  // more has to be asked for
    cudaFuncSetAttribute(run_block<F>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                         static_cast<int>(shared_bytes));
  run_block<<<static_cast<unsigned>(blocks), block_threads, shared_bytes, stream.handle>>>(f);
  check_launch(who);
}

}  // namespace tutti::cuda
