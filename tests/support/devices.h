// The devices that a test runs on.
#pragma once

#include <vector>

#include "support/catch.h"
#include "tutti/device/device.h"

namespace tutti::test {

/// The CPU, and the first CUDA device where one is usable: a GPU, or with tutti_emulated an
/// emulated one.
inline std::vector<Device> devices() {
  std::vector<Device> all{Device::cpu()};
  if (cuda_device_count() > 0) all.push_back(Device::cuda(0));
  return all;
}

}  // namespace tutti::test

/// One of them: the rest of the TEST_CASE runs once for each.
#define TUTTI_EACH_DEVICE GENERATE(from_range(tutti::test::devices()))
