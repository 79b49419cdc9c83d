// Which part of a data set.
#pragma once

#include <cstdint>

namespace tutti::data {

enum class Split : std::uint8_t { train, test };

}  // namespace tutti::data
