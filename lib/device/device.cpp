#include "tutti/device/device.h"

#include <sys/mman.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "cuda_devices.h"
#include "tutti/base/error.h"

namespace tutti {
namespace {

class SystemMemory : public MemorySource {
 public:
  void* acquire(std::size_t bytes) override {
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (data == MAP_FAILED)
      raise("allocator: found no memory for ", bytes, " bytes (", std::strerror(errno),
            "); use smaller batches or a machine with more memory");
    return data;
  }
  void release(void* data, std::size_t bytes) noexcept override { munmap(data, bytes); }
};

}  // namespace

Device::Device()
    : state_(new State{DeviceId{}, CpuStream{}, CachingAllocator(std::make_unique<SystemMemory>()),
                       nullptr}) {}

Device Device::cpu() {
  static const Device shared;
  return shared;
}

Device Device::cuda(int index) {
  return device_from_name(text("cuda:", index));
}

int cuda_device_count() {
  if constexpr (cuda_build)
    return cuda::device_count();
  else
    return 0;
}

Device device_from_name(std::string_view name, int preferred) {
  int count = cuda_device_count();
  if (name == "cpu" || (name == "auto" && count == 0)) return Device::cpu();
  int index = -1;
  if (name == "cuda" || name == "auto") {
    index = count ? preferred % count : 0;
  } else if (name.starts_with("cuda:")) {
    auto [end, error] = std::from_chars(name.data() + 5, name.data() + name.size(), index);
    if (error != std::errc() || end != name.data() + name.size()) index = -1;
  }
  if (index < 0) raise("device: found \"", name, "\", expected cpu, cuda, cuda:N or auto");
  if constexpr (cuda_build) {
    if (index < count) return cuda::open_device(index);
    raise("device: ", name, " was asked for, found ", count,
          " usable CUDA devices; choose cpu or auto, or check the driver with nvidia-smi");
  } else {
    raise("device: ", name,
          " was asked for, but this build has no CUDA; choose cpu or auto, or build with the CUDA "
          "Toolkit");
  }
}

}  // namespace tutti
