// Programs that a test runs, and what they say.
#pragma once

#include <string>

namespace tutti::test {

struct Outcome {
  int exit_code;
  std::string output;  ///< stdout and stderr together
  double seconds;
};

/// Runs a shell command.
Outcome run_command(const std::string& command);

/// Runs a program of tests/*/programs, with its arguments, on `ranks` ranks.
Outcome run_ranks(int ranks, const std::string& program);

/// How often `part` occurs in `whole`.
int occurrences(const std::string& whole, const std::string& part);

}  // namespace tutti::test
