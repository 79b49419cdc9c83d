#include <memory>

#include "check.h"
#include "device/cuda_devices.h"
#include "resources.h"
#include "tutti/cuda/device_scope.h"

namespace tutti::cuda {
namespace {

class CudaMemory : public MemorySource {
 public:
  explicit CudaMemory(int device) : device_(device) {}

  void* acquire(std::size_t bytes) override {
    DeviceScope scope(device_);
    void* data = nullptr;
    cudaError_t status = cudaMalloc(&data, bytes);
    if (status == cudaSuccess) return data;
    cudaGetLastError();
    raise("allocator: found no memory for ", bytes, " bytes on cuda:", device_, " (",
          cudaGetErrorString(status), "); use smaller batches or a device with more memory");
  }

  void release(void* data, std::size_t) noexcept override {
    int before = 0;
    cudaGetDevice(&before);
    cudaSetDevice(device_);
    cudaFree(data);
    cudaSetDevice(before);
  }

 private:
  int device_;
};

}  // namespace

int device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  cudaGetLastError();
  return 0;
}

Device open_device(int index) {
  auto resources = std::make_shared<Resources>(index);
  CudaStream stream{resources->stream(), index};
  return Device(std::shared_ptr<Device::State>(
      new Device::State{DeviceId{DeviceKind::cuda, index}, stream,
                        CachingAllocator(std::make_unique<CudaMemory>(index)), resources}));
}

std::string bus_address(int index) {
  char address[32] = {};
  check(cudaDeviceGetPCIBusId(address, sizeof address, index), "device");
  return address;
}

}  // namespace tutti::cuda
