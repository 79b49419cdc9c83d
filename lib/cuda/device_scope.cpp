#include "tutti/cuda/device_scope.h"

#include "check.h"

namespace tutti::cuda {

DeviceScope::DeviceScope(int device) {
  check(cudaGetDevice(&before_), "cuda");
  check(cudaSetDevice(device), "cuda");
}

DeviceScope::~DeviceScope() {
  cudaSetDevice(before_);
}

void check_launch(const char* who) {
  check(cudaGetLastError(), who);
}

}  // namespace tutti::cuda
