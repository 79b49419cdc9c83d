#include "device_checks.h"
#include "support/catch.h"
#include "support/cuda_device.h"
#include "support/world.h"
#include "tutti/comm/local_device.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("collectives on GPUs, one for each rank or one for several", "[comm][cuda]") {
  if (!cuda_device()) return;
  REQUIRE_NOTHROW(check_device(world(), local_device(world(), "cuda")));
}
