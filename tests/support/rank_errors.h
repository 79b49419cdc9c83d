// What each rank of a run is told.
#pragma once

#include <string>
#include <vector>

#include "support/catch.h"
#include "tutti/comm/threads.h"

namespace tutti::test {

/// The messages of all ranks' Errors; empty where a rank had none. Ranks are threads, `per_node` of
/// them on each emulated host (0: all).
template <class F>
std::vector<std::string> errors_of(int ranks, const F& body, int per_node = 0) {
  std::vector<std::string> errors(static_cast<std::size_t>(ranks));
  try {
    run_threads(ranks, per_node ? per_node : ranks, [&](Communicator& world) {
      try {
        body(world);
      } catch (const Error& error) {
        errors[static_cast<std::size_t>(world.rank())] = error.what();
        throw;
      }
    });
  } catch (const Error& error) {
    // What was noted when the body had returned.
    bool told = false;
    for (const std::string& one : errors) told = told || !one.empty();
    if (!told) errors.assign(errors.size(), error.what());
  }
  return errors;
}

inline void expect_everywhere(const std::vector<std::string>& errors, const std::string& part) {
  for (const std::string& error : errors) CHECK_THAT(error, Catch::Contains(part));
}

}  // namespace tutti::test
