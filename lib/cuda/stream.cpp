#include "tutti/device/stream.h"

#include "check.h"
#include "tutti/cuda/device_scope.h"

namespace tutti {

void synchronize(CudaStream stream) {
  cuda::DeviceScope scope(stream.device);
  cuda::check(cudaStreamSynchronize(stream.handle), "synchronize");
}

void copy(CudaStream stream, Block to, Block from) {
  if (to.bytes() != from.bytes())
    raise("copy: found ", from.bytes(), " bytes for a block of ", to.bytes(), ", expected as many");
  if (from.bytes() == 0) return;
  cuda::DeviceScope scope(stream.device);
  cuda::check(cudaMemcpyAsync(to.data, from.data, from.bytes(), cudaMemcpyDefault, stream.handle),
              "copy");
}

}  // namespace tutti
