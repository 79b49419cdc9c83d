#include "tutti/comm/device_communicator.h"

#include "comm/nccl_transport.h"

namespace tutti {

Communicator with_device(Communicator& communicator, const Device& device) {
  if (device.is_cpu()) return communicator;
  Device own = Device::cuda(device.id().index);  // a stream of its own, beside the compute stream
  if constexpr (nccl_build)
    return Communicator(make_nccl_transport(communicator, own), own);
  else
    return Communicator(communicator.duplicate().shared_transport(), own);
}

}  // namespace tutti
