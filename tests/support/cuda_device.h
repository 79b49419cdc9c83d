// The CUDA device under test, where there is one.
#pragma once

#include <optional>

#include "support/catch.h"
#include "tutti/device/device.h"

namespace tutti::test {

/// The first CUDA device, or nothing and a line that says why.
inline std::optional<Device> cuda_device() {
  if (cuda_device_count() > 0) return Device::cuda(0);
  static bool told = false;
  if (!told) WARN("skipped: " << (cuda_build ? "no usable CUDA device" : "this build has no CUDA"));
  told = true;
  return std::nullopt;
}

}  // namespace tutti::test
