#include "tutti/comm/device_communicator.h"

#include "comm/nccl_transport.h"
#include "device_checks.h"
#include "support/catch.h"
#include "support/cuda_device.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("a communicator for the CPU is the communicator itself", "[comm]") {
  run_threads(2, [](Communicator& c) {
    Communicator same = with_device(c, Device());
    if (&same.state() != &c.state()) raise("found another communicator");
  });
}

TEST_CASE("ranks that share a GPU go through host memory", "[comm][cuda]") {
  if (!cuda_device()) return;
  for (int ranks : {2, 3, 4})
    REQUIRE_NOTHROW(run_threads(ranks, [](Communicator& c) { check_device(c, Device::cuda(0)); }));
}

TEST_CASE("ranks with a GPU each go through NCCL", "[comm][cuda]") {
  if (!cuda_device()) return;
  if constexpr (nccl_build)
    run_threads(std::min(8, cuda_device_count()), [](Communicator& c) {
      Device device = Device::cuda(c.rank());
      check_device(c, device);
      Communicator gpus = with_device(c, device);
      if (gpus.transport().name() != "nccl")
        raise("found ", gpus.transport().name(), ", expected nccl");
      // Also on one rank, where the collectives above do not reach NCCL.
      DeviceBlock<float> data(device, fill<float>(whole<float>, c.rank(), 1003));
      Communicator half = gpus.split(c.rank() % 2, 0);
      half.transport().vendor_all_reduce(data.block(), ReduceOp::sum_over(2), device.stream());
      const std::vector<float> found = data.values();
      for (std::size_t i = 0; i < found.size(); ++i) {
        float expected = 0;
        for (int r = c.rank() % 2; r < c.size(); r += 2) expected += whole<float>(r, i);
        if (found[i] != expected / 2)
          raise("ncclAllReduce: found ", found[i], " at ", i, ", expected ", expected / 2);
      }
    });
}
