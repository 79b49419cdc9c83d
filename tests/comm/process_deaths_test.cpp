// Ranks that die, stop, pause or come late, in the middle of collectives.
#include <chrono>
#include <filesystem>
#include <random>

#include "support/catch.h"
#include "support/process.h"
#include "tutti/base/error.h"

using namespace tutti::test;
using tutti::text;

namespace {

std::string random_moment() {
  return text(std::random_device()() % 150);
}

int random_rank(int ranks) {
  return static_cast<int>(std::random_device()() % static_cast<unsigned>(ranks));
}

// From the moment that the output names to the end of the job.
double seconds_after_it_happened(const Outcome& outcome) {
  const std::string mark = "happens at ";
  const auto at = outcome.output.find(mark);
  if (at == std::string::npos) return 1e9;
  return std::chrono::duration<double>(outcome.end.time_since_epoch()).count() -
         1e-3 * std::stod(outcome.output.substr(at + mark.size()));
}

// Names of ours in /dev/shm: memory has one only while ranks are meeting over it.
int names_left() {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator("/dev/shm"))
    count += file.path().filename().string().starts_with("tutti-");
  return count;
}

// Every rank but `victim` has said this once, and nothing else.
void check_survivors_say(const Outcome& outcome, int ranks, int victim, const std::string& what) {
  CHECK(occurrences(outcome.output, "WRONG DATA") == 0);
  CHECK(occurrences(outcome.output, "tutti: ") == ranks - 1);
  for (int rank = 0; rank < ranks; ++rank)
    if (rank != victim)
      CHECK(occurrences(outcome.output, text("tutti: rank ", rank, " of ", ranks, what)) == 1);
}

void check_deaths_are_named(std::initializer_list<int> sizes, const std::string& options) {
  std::vector<int> victims;
  std::vector<Job> jobs;
  for (int ranks : sizes) {
    victims.push_back(random_rank(ranks));
    jobs.push_back({ranks, text("mortal_ranks kill ", victims.back(), " ", random_moment()),
                    "-x TUTTI_TIMEOUT=20 " + options});
  }
  const std::vector<Outcome> outcomes = run_jobs(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    INFO(jobs[i].program << " on " << jobs[i].ranks << " ranks\n" << outcomes[i].output);
    if (options.empty()) CHECK(outcomes[i].exit_code != 0);  // else mpirun's own affair
    CHECK(outcomes[i].exit_code != 124);
    CHECK(seconds_after_it_happened(outcomes[i]) < 5);
    check_survivors_say(outcomes[i], jobs[i].ranks, victims[i],
                        text(" stops because rank ", victims[i], " failed: its process "));
  }
  CHECK(names_left() == 0);
}

}  // namespace

TEST_CASE("every survivor names a rank that was killed", "[comm]") {
  check_deaths_are_named({2, 3, 4, 2, 3, 4}, "");
}

TEST_CASE("survivors that mpirun leaves alone end by themselves", "[comm]") {
  check_deaths_are_named({2, 3, 4}, "--enable-recovery");
}

TEST_CASE("a rank that stays stopped is named with its last call", "[comm]") {
  const int ranks = 3, victim = random_rank(ranks);
  Outcome outcome = run_ranks(ranks, text("mortal_ranks stop ", victim, " ", random_moment()),
                              "-x TUTTI_TIMEOUT=2");
  INFO("rank " << victim << "\n" << outcome.output);
  CHECK(outcome.exit_code == 1);
  CHECK(seconds_after_it_happened(outcome) < 15);
  check_survivors_say(outcome, ranks, victim, " ");
  CHECK(occurrences(outcome.output, text("rank ", victim, " (pid ")) >= ranks - 1);
  CHECK(occurrences(outcome.output, "alive but stopped") >= ranks - 1);
  CHECK(occurrences(outcome.output, "its last call was ") >= ranks - 1);
  CHECK(names_left() == 0);
}

TEST_CASE("what does no harm", "[comm]") {
  const std::vector<Job> jobs = {
      {2, "mortal_ranks pause 0 50", "-x TUTTI_TIMEOUT=20"},  // for a second
      {3, text("mortal_ranks pause ", random_rank(3), " 50"), "-x TUTTI_TIMEOUT=20"},
      {2, "mortal_ranks fork 1 0"},
      // And two threads of every rank use two communicators.
      {3, "late_ranks 3000", "-x TUTTI_TIMEOUT=20"},
  };
  const std::vector<Outcome> outcomes = run_jobs(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    INFO(jobs[i].program << "\n" << outcomes[i].output);
    CHECK(outcomes[i].exit_code == 0);
    CHECK(occurrences(outcomes[i].output, "all right") == jobs[i].ranks);
    CHECK(occurrences(outcomes[i].output, "tutti: ") == 0);
  }
}

TEST_CASE("a rank that is later than the deadline is named", "[comm]") {
  Outcome outcome = run_ranks(2, "late_ranks 30000", "-x TUTTI_TIMEOUT=0.5");
  INFO(outcome.output);
  CHECK(outcome.exit_code != 0);
  CHECK(outcome.seconds < 20);
  CHECK(occurrences(outcome.output, "has waited for 0.5 s (TUTTI_TIMEOUT)") == 1);
  CHECK(occurrences(outcome.output, "has not come; its last call was all_reduce #") == 1);
  CHECK(occurrences(outcome.output, "late_ranks.cpp:") >= 2);
}

TEST_CASE("a deadline that is no number is one error", "[comm]") {
  const std::vector<std::string> values = {"soon", "-1", "0", "5s"};
  std::vector<Job> jobs;
  for (const std::string& value : values)
    jobs.push_back({2, "late_ranks 0", "-x TUTTI_TIMEOUT=" + value});
  const std::vector<Outcome> outcomes = run_jobs(jobs);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [exit_code, output, seconds, end] = outcomes[i];
    INFO(output);
    CHECK(exit_code == 1);
    CHECK(occurrences(output, "tutti: ") == 1);
    CHECK(occurrences(output, text("TUTTI_TIMEOUT: found \"", values[i], "\", expected")) == 1);
  }
}
