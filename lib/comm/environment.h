// The environment variables that the library reads.
#pragma once

#include <string>

namespace tutti {

inline constexpr const char* timeout_variable = "TUTTI_TIMEOUT";
inline constexpr const char* explain_variable = "TUTTI_EXPLAIN";
inline constexpr const char* algorithm_variable = "TUTTI_ALGORITHM";
inline constexpr const char* strict_variable = "TUTTI_STRICT";

/// Whether a variable is 1; false where it is 0, empty or missing. Error for anything else.
bool is_set(const char* variable);

/// TUTTI_STRICT: whether ranks must make each call in the same line.
inline bool is_strict() {
  return is_set(strict_variable);
}

/// A warning about variables in `environment`, as in environ, that start with TUTTI_ and are not
/// known; empty where there are none.
std::string warning_of_unknown_variables(const char* const* environment);

}  // namespace tutti
