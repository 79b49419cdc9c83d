// CUDA's error codes as Error.
#pragma once

#include <cuda_runtime_api.h>

#include "tutti/base/error.h"

namespace tutti::cuda {

/// Error naming `what` unless `status` is success.
inline void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess)
    raise(what, ": CUDA found ", cudaGetErrorName(status), " (", cudaGetErrorString(status),
          "); see CUDA_LAUNCH_BLOCKING=1 for the call that caused it");
}

}  // namespace tutti::cuda
