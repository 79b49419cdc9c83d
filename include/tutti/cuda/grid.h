// Loops over any number of elements by however many threads there are.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "tutti/cuda/device_scope.h"
#include "tutti/device/stream.h"

namespace tutti::cuda {

inline constexpr int block_threads = 256;
inline constexpr int warp_threads = 32;

inline unsigned blocks_for(std::int64_t threads) {
  constexpr std::int64_t most = 1 << 16;
  return static_cast<unsigned>(std::min(most, (threads + block_threads - 1) / block_threads));
}

template <class F>
__global__ void __launch_bounds__(block_threads) for_each_kernel(std::int64_t count, F f) {
  std::int64_t step = std::int64_t{gridDim.x} * block_threads;
  for (std::int64_t i = std::int64_t{blockIdx.x} * block_threads + threadIdx.x; i < count;
       i += step)
    f(i);
}

/// Enqueues f(i) for every i in [0, count), one thread each. Nothing for a count of 0.
template <class F>
void for_each(const char* who, CudaStream stream, std::int64_t count, F f) {
  if (count <= 0) return;
  DeviceScope scope(stream.device);
  for_each_kernel<<<blocks_for(count), block_threads, 0, stream.handle>>>(count, f);
  check_launch(who);
}

template <class F>
__global__ void __launch_bounds__(block_threads) for_each_warp_kernel(std::int64_t count, F f) {
  constexpr int warps = block_threads / warp_threads;
  int lane = threadIdx.x % warp_threads;
  std::int64_t step = std::int64_t{gridDim.x} * warps;
  for (std::int64_t i = std::int64_t{blockIdx.x} * warps + threadIdx.x / warp_threads; i < count;
       i += step)
    f(i, lane);
}

/// Enqueues f(i, lane) for every i in [0, count), by the 32 lanes of a warp together.
template <class F>
void for_each_warp(const char* who, CudaStream stream, std::int64_t count, F f) {
  if (count <= 0) return;
  DeviceScope scope(stream.device);
  for_each_warp_kernel<<<blocks_for(count * warp_threads), block_threads, 0, stream.handle>>>(count,
                                                                                              f);
  check_launch(who);
}

}  // namespace tutti::cuda
