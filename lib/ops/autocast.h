// Where this thread keeps what Autocast sets.
#pragma once

#include <optional>

#include "tutti/base/dtype.h"

namespace tutti::detail {

std::optional<Dtype>& autocast();

}  // namespace tutti::detail
