// What a CUDA device handle owns besides its memory.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <cstddef>

namespace tutti::cuda {

/// Device::State::owner of a CUDA device: its stream, and what cublasLt needs on that stream. The
/// destructor waits for the stream; the allocator gives its memory back after that.
class Resources {
 public:
  static constexpr std::size_t workspace_bytes = std::size_t{32} << 20;

  explicit Resources(int device);
  ~Resources();
  Resources(const Resources&) = delete;
  Resources& operator=(const Resources&) = delete;

  cudaStream_t stream() const { return stream_; }
  cublasLtHandle_t blas() const { return blas_; }
  void* workspace() const { return workspace_; }

 private:
  void release();

  int device_;
  cudaStream_t stream_ = nullptr;
  cublasLtHandle_t blas_ = nullptr;
  void* workspace_ = nullptr;
};

}  // namespace tutti::cuda
