// What lib/cuda gives to a CUDA build.
#pragma once

#include <string>

#include "tutti/device/device.h"

namespace tutti::cuda {

/// Usable devices; 0 where no driver runs.
int device_count();
/// A handle on device `index` with a stream and an allocator of its own.
Device open_device(int index);
/// Where on its machine device `index` is, as "0000:3b:00.0": the same for every process.
std::string bus_address(int index);

}  // namespace tutti::cuda
