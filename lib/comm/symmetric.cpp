#include "tutti/comm/symmetric.h"

#include <cstring>

#include "comm/call.h"
#include "comm/meet_all.h"
#include "comm/node/node.h"

namespace tutti {

Buffer symmetric_buffer(Communicator& communicator, std::size_t bytes, const Device& device,
                        std::source_location site) {
  if (!device.is_cpu())
    raise(communicator.label("symmetric_buffer"), ": found ", device.id(),
          ", expected cpu: GPUs' memory is not shared among ranks");
  Call call = begin_call(communicator,
                         {.collective = Collective::symmetric_buffer, .count = bytes, .site = site},
                         DeviceId{}, {});
  std::shared_ptr<const SymmetricArea> area;
  run_call(communicator, call, [&](Communicator& self, const Stream&) {
    NodeMemory* node = self.transport().node();
    if (node) meet_all(self.transport());  // where sizes are compared, before they are relied on
    if (node && bytes > 0) area = node->allocate(bytes);
  });
  if (!area) {
    Buffer buffer(bytes, device);
    if (bytes > 0) std::memset(buffer.data(), 0, bytes);
    return buffer;
  }
  const int me = communicator.transport().node()->me();
  Block block{area->part(me), bytes, Dtype::u8, {}};
  return Buffer::adopt(block, std::const_pointer_cast<SymmetricArea>(area), device);
}

bool is_symmetric(const Communicator& communicator, const Block& block) {
  NodeMemory* node = communicator.transport().node();
  return node && block.device.kind == DeviceKind::cpu &&
         node->place(block.data, block.bytes()).area;
}

}  // namespace tutti
