// Programs that a test runs, and what they say.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tutti::test {

struct Outcome {
  int exit_code;
  std::string output;  ///< stdout and stderr together
  double seconds;
  std::chrono::steady_clock::time_point end;
};

/// Runs a shell command.
Outcome run_command(const std::string& command);

/// Runs a program of tests/*/programs, with its arguments, on `ranks` ranks; for at most five
/// minutes, since machines are slow, busy or both: then it ends with exit code 124. `options` are
/// mpirun's own: "-x NAME=value".
Outcome run_ranks(int ranks, const std::string& program, const std::string& options = "");

struct Job {
  int ranks;
  std::string program;
  std::string options = "";
};

/// run_ranks() of each, several at a time: a job that fails takes mpirun a second of waiting.
/// Fewer where time is measured: ranks that find no core look late.
std::vector<Outcome> run_jobs(const std::vector<Job>& jobs, int at_a_time = 4);

/// The seconds, by the clock of Outcome::end, that programs print in milliseconds after `mark`.
std::vector<double> moments(const std::string& output, const std::string& mark);

/// How often `part` occurs in `whole`.
int occurrences(const std::string& whole, const std::string& part);

}  // namespace tutti::test
