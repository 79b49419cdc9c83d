#include "tutti/comm/device_communicator.h"

#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "comm/nccl_transport.h"
#include "device/cuda_devices.h"
#include "tutti/comm/all_gather.h"

namespace tutti {
namespace {

// Collective: whether no GPU belongs to two ranks. NCCL, where there is one, takes none twice.
[[maybe_unused]] bool own_gpus(Communicator& communicator, const Device& device) {
  using Address = std::array<char, 32>;
  Address mine{};
  cuda::bus_address(device.id().index).copy(mine.data(), mine.size() - 1);
  std::vector<Address> all(static_cast<std::size_t>(communicator.size()));
  const auto bytes = [](void* data, std::size_t count) {
    return block_of(static_cast<std::uint8_t*>(data), count);
  };
  all_gather(communicator, bytes(mine.data(), sizeof mine),
             bytes(all.data(), all.size() * sizeof mine));
  const auto positions = communicator.transport().positions();
  std::set<std::pair<int, Address>> places;
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    places.emplace(positions[rank].node, all[rank]);
  return places.size() == all.size();
}

}  // namespace

Communicator with_device(Communicator& communicator, const Device& device) {
  if (device.is_cpu()) return communicator;
  Device own = Device::cuda(device.id().index);  // a stream of its own, beside the compute stream
  if constexpr (nccl_build) {
    if (own_gpus(communicator, own)) {
      CostModel costs = default_cost_model();  // what was measured is of other wires
      costs.forced = communicator.cost_model().forced;
      Communicator made(make_nccl_transport(communicator, own), own);
      made.set_cost_model(costs);
      made.compare_lines(communicator.compares_lines());
      return made;
    }
  }
  Communicator made(communicator.duplicate().shared_transport(), own);
  made.set_cost_model(communicator.cost_model());
  made.compare_lines(communicator.compares_lines());
  return made;
}

}  // namespace tutti
