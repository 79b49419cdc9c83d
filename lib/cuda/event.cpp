#include "tutti/device/event.h"

#include "check.h"
#include "tutti/cuda/device_scope.h"

namespace tutti {

CudaEvent record(CudaStream stream) {
  cuda::DeviceScope scope(stream.device);
  cudaEvent_t event = nullptr;
  cuda::check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "record");
  std::shared_ptr<CUevent_st> handle(event, [](cudaEvent_t e) { cudaEventDestroy(e); });
  cuda::check(cudaEventRecord(event, stream.handle), "record");
  return {std::move(handle), stream.device};
}

void wait(CudaStream stream, const CudaEvent& event) {
  if (!event.handle) return;
  cuda::DeviceScope scope(stream.device);
  cuda::check(cudaStreamWaitEvent(stream.handle, event.handle.get(), 0), "wait");
}

void synchronize(const CudaEvent& event) {
  if (!event.handle) return;
  cuda::DeviceScope scope(event.device);
  cuda::check(cudaEventSynchronize(event.handle.get()), "synchronize");
}

}  // namespace tutti
