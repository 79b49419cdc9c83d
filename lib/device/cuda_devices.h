// What lib/cuda gives to a CUDA build.
#pragma once

#include "tutti/device/device.h"

namespace tutti::cuda {

/// Usable devices; 0 where no driver runs.
int device_count();
/// A handle on device `index` with a stream and an allocator of its own.
Device open_device(int index);

}  // namespace tutti::cuda
