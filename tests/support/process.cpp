#include "support/process.h"

#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <future>

#include "tutti/base/error.h"

namespace tutti::test {

Outcome run_command(const std::string& command) {
  auto start = std::chrono::steady_clock::now();
  FILE* pipe = popen(("(" + command + ") 2>&1").c_str(), "r");
  if (!pipe) raise("run_command: cannot start ", command);
  Outcome outcome{};
  std::array<char, 4096> part;
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    outcome.output.append(part.data(), n);
  int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.end = std::chrono::steady_clock::now();
  outcome.seconds = std::chrono::duration<double>(outcome.end - start).count();
  return outcome;
}

Outcome run_ranks(int ranks, const std::string& program, const std::string& options) {
  return run_command(text(TUTTI_TEST_MPIRUN, " ", options, " -np ", ranks, " ", TUTTI_TEST_PROGRAMS,
                          "/", program));
}

std::vector<Outcome> run_jobs(const std::vector<Job>& jobs, int at_a_time) {
  std::vector<Outcome> outcomes(jobs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < jobs.size();)
      outcomes[i] = run_ranks(jobs[i].ranks, jobs[i].program, jobs[i].options);
  };
  std::vector<std::future<void>> workers;
  for (int i = 0; i < at_a_time; ++i) workers.push_back(std::async(std::launch::async, work));
  for (auto& worker : workers) worker.get();
  return outcomes;
}

std::vector<double> moments(const std::string& output, const std::string& mark) {
  std::vector<double> seconds;
  for (auto at = output.find(mark); at != std::string::npos; at = output.find(mark, at + 1))
    seconds.push_back(1e-3 * std::stod(output.substr(at + mark.size())));
  return seconds;
}

int occurrences(const std::string& whole, const std::string& part) {
  int count = 0;
  for (auto at = whole.find(part); at != std::string::npos; at = whole.find(part, at + 1)) ++count;
  return count;
}

}  // namespace tutti::test
