// The device that belongs to a rank.
#pragma once

#include <string_view>

#include "tutti/comm/communicator.h"

namespace tutti {

/// device_from_name(name), where "cuda" and "auto" mean a GPU of this rank's own as far as the
/// node has enough: the one numbered by local_rank(). Not collective. Error for a
/// name that is none, or a GPU that is not there.
Device local_device(const Communicator& communicator, std::string_view name = "auto");

}  // namespace tutti
