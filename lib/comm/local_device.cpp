#include "tutti/comm/local_device.h"

namespace tutti {

Device local_device(const Communicator& communicator, std::string_view name) {
  return device_from_name(name, communicator.local_rank());
}

}  // namespace tutti
