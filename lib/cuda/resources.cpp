#include "resources.h"

#include "check.h"
#include "check_blas.h"
#include "tutti/cuda/device_scope.h"

namespace tutti::cuda {

Resources::Resources(int device) : device_(device) {
  DeviceScope scope(device);
  try {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "device");
    check(cublasLtCreate(&blas_), "device");
    check(cudaMalloc(&workspace_, workspace_bytes), "device");
  } catch (...) {
    release();
    throw;
  }
}

Resources::~Resources() {
  int before = 0;
  cudaGetDevice(&before);
  cudaSetDevice(device_);
  release();
  cudaSetDevice(before);
}

// Failures are passed over: at the end of the process the driver may be gone already.
void Resources::release() {
  if (stream_) cudaStreamSynchronize(stream_);
  if (workspace_) cudaFree(workspace_);
  if (blas_) cublasLtDestroy(blas_);
  if (stream_) cudaStreamDestroy(stream_);
}

}  // namespace tutti::cuda
