// What lib/cuda does for a GPU, for emulated devices: work is done when its call returns.
#include <cstring>
#include <optional>

#include "device/cuda_devices.h"
#include "support/simt/memory.h"
#include "tutti/device/event.h"

namespace tutti {
namespace {

class EmulatedMemory : public MemorySource {
 public:
  explicit EmulatedMemory(int device) : memory_(simt::Memory::of(device)) {}
  void* acquire(std::size_t bytes) override { return memory_.acquire(bytes); }
  void release(void* data, std::size_t) noexcept override { memory_.release(data); }
  bool exact() const override { return true; }

 private:
  simt::Memory& memory_;
};

}  // namespace

namespace cuda {

int device_count() {
  return simt::Memory::devices;
}

Device open_device(int index) {
  return Device(std::shared_ptr<Device::State>(
      new Device::State{DeviceId{DeviceKind::cuda, index}, CudaStream{nullptr, index},
                        CachingAllocator(std::make_unique<EmulatedMemory>(index)), nullptr}));
}

std::string bus_address(int index) {
  return text("emulated:", index);
}

}  // namespace cuda

void synchronize(CudaStream) {}

void copy(CudaStream, Block to, Block from) {
  if (to.bytes() != from.bytes())
    raise("copy: found ", from.bytes(), " bytes for a block of ", to.bytes(), ", expected as many");
  if (from.bytes() == 0) return;
  std::optional<simt::Memory::Open> open[simt::Memory::devices];
  for (int i = 0; i < simt::Memory::devices; ++i) {
    simt::Memory& memory = simt::Memory::of(i);
    for (const Block& block : {to, from})
      if (memory.holds(block.data, block.bytes(), "copy") && !open[i]) open[i].emplace(memory);
  }
  std::memcpy(to.data, from.data, from.bytes());
}

CudaEvent record(CudaStream stream) {
  return {nullptr, stream.device};
}
void wait(CudaStream, const CudaEvent&) {}
void synchronize(const CudaEvent&) {}

}  // namespace tutti
