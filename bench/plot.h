// Bandwidth over size, as an SVG picture.
#pragma once

#include <string>

#include "row.h"

namespace tutti::bench {

/// One line for each algorithm, one for the peer, and one for the floor, in place where the
/// collective has that; both axes logarithmic.
std::string svg_plot(const std::vector<Row>& rows, bool one_algorithm);

}  // namespace tutti::bench
