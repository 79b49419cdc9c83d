// Results as JSON, for scripts.
#pragma once

#include <nlohmann/json.hpp>

#include "row.h"

namespace tutti::bench {

/// One object for each row; null for a number that was not measured.
nlohmann::ordered_json to_json(const std::vector<Row>& rows);

}  // namespace tutti::bench
