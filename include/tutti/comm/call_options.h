// What a caller may tell any collective.
#pragma once

#include "tutti/comm/call_label.h"
#include "tutti/device/stream.h"

namespace tutti {

struct CallOptions {
  /// Where the blocks are computed and used. Needed for blocks on a CUDA device; a rank's own.
  const Stream* stream = nullptr;
  /// What the call is for, as in "encoder": ranks that name another one make another call, and
  /// messages name it. Equal on all ranks.
  CallLabel label = {};
};

}  // namespace tutti
