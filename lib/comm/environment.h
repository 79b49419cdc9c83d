// The environment variables that the library reads.
#pragma once

#include <string>

namespace tutti {

inline constexpr const char* timeout_variable = "TUTTI_TIMEOUT";
inline constexpr const char* explain_variable = "TUTTI_EXPLAIN";
inline constexpr const char* algorithm_variable = "TUTTI_ALGORITHM";

/// A warning about variables in `environment`, as in environ, that start with TUTTI_ and are not
/// known; empty where there are none.
std::string warning_of_unknown_variables(const char* const* environment);

}  // namespace tutti
