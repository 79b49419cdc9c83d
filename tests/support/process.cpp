#include "support/process.h"

#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "tutti/base/error.h"

namespace tutti::test {

Outcome run_command(const std::string& command) {
  auto start = std::chrono::steady_clock::now();
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) raise("run_command: cannot start ", command);
  Outcome outcome{};
  std::array<char, 4096> part;
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    outcome.output.append(part.data(), n);
  int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  outcome.seconds = spent.count();
  return outcome;
}

Outcome run_ranks(int ranks, const std::string& program) {
  return run_command(text("timeout 60 ", TUTTI_TEST_MPIRUN, " -np ", ranks, " ",
                          TUTTI_TEST_PROGRAMS, "/", program));
}

int occurrences(const std::string& whole, const std::string& part) {
  int count = 0;
  for (auto at = whole.find(part); at != std::string::npos; at = whole.find(part, at + 1)) ++count;
  return count;
}

}  // namespace tutti::test
