// Ranks that die, stop, pause or come late, in the middle of collectives.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <random>
#include <set>
#include <thread>

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

// When the job ended. How soon is for people to read: a busy machine takes its time.
std::string ending(const Outcome& outcome) {
  const std::vector<double> happened = moments(outcome.output, "happens at ");
  if (happened.empty()) return "it never happened";
  const std::chrono::duration<double> end = outcome.end.time_since_epoch();
  return text("it ended ", end.count() - happened[0], " s after it happened");
}

// Names of ours in /dev/shm: memory has one only while ranks are meeting over it, if at all.
std::set<std::string> names() {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator("/dev/shm"))
    if (std::string name = file.path().filename().string(); name.starts_with("tutti-"))
      names.insert(name);
  return names;
}

// Those that came meanwhile and stay: other programs of this machine may be meeting, which takes
// them less than this.
std::set<std::string> names_left(const std::set<std::string>& before) {
  std::set<std::string> left;
  for (int second = 0; second < 10; ++second) {
    const std::set<std::string> now = names();
    std::set<std::string> came;
    std::ranges::set_difference(now, before, std::inserter(came, came.end()));
    if (second == 0)
      left = came;
    else
      std::erase_if(left, [&](const std::string& name) { return !came.contains(name); });
    if (left.empty()) break;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return left;
}

// While it happens, nobody else should need the cores.
constexpr int at_a_time = 2;

// How often the rank says that it stops because of another.
int stops_of(const Outcome& outcome, int ranks, int rank) {
  return occurrences(outcome.output, text("tutti: rank ", rank, " of ", ranks, " stops because "));
}

// Every rank but `victim` has said this once; nobody else has said anything but the victim, as
// often as given.
void check_survivors_say(const Outcome& outcome, int ranks, int victim, const std::string& what,
                         int of_victim = 0) {
  CHECK(occurrences(outcome.output, "WRONG DATA") == 0);
  CHECK(occurrences(outcome.output, "tutti: ") == ranks - 1 + of_victim);
  for (int rank = 0; rank < ranks; ++rank)
    if (rank != victim)
      CHECK(occurrences(outcome.output, text("tutti: rank ", rank, " of ", ranks, what)) == 1);
}

void check_deaths_are_named(std::initializer_list<int> sizes, const std::string& options,
                            const std::string& how = "kill") {
  const std::set<std::string> before = names();
  std::vector<int> victims;
  std::vector<Job> jobs;
  for (int ranks : sizes) {
    victims.push_back(random_rank(ranks));
    jobs.push_back({ranks, text("mortal_ranks ", how, " ", victims.back(), " ", random_moment()),
                    "-x TUTTI_TIMEOUT=20 " + options});
  }
  const std::vector<Outcome> outcomes = run_jobs(jobs, at_a_time);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    INFO(jobs[i].program << " on " << jobs[i].ranks << " ranks, " << ending(outcomes[i]) << "\n"
                         << outcomes[i].output);
    if (options.empty()) CHECK(outcomes[i].exit_code != 0);  // else mpirun's own affair
    CHECK(outcomes[i].exit_code != 124);
    CHECK(occurrences(outcomes[i].output, "happens at ") == 1);
    CHECK(occurrences(outcomes[i].output, "TUTTI_TIMEOUT") == 0);  // it was seen, not waited for
    check_survivors_say(outcomes[i], jobs[i].ranks, victims[i],
                        text(" stops because rank ", victims[i], " failed: its process "));
  }
  CHECK(names_left(before).empty());
}

}  // namespace

TEST_CASE("every survivor names a rank that was killed", "[comm]") {
  check_deaths_are_named({2, 3, 4, 2, 3, 4}, "");
}

TEST_CASE("so does who reached into its memory", "[comm]") {
  check_deaths_are_named({2, 3, 2}, "-x TUTTI_ALGORITHM=cross_memory");
}

TEST_CASE("by its rank in the world, whatever the communicator calls it", "[comm]") {
  check_deaths_are_named({2, 3, 4}, "", "kill-reversed");
}

TEST_CASE("survivors that mpirun leaves alone end by themselves", "[comm]") {
  check_deaths_are_named({2, 3, 4}, "--enable-recovery");
}

TEST_CASE("a rank that stays stopped is named with its last call", "[comm]") {
  const int ranks = 3, victim = random_rank(ranks);
  const std::set<std::string> before = names();
  Outcome outcome = run_ranks(ranks, text("mortal_ranks stop ", victim, " ", random_moment()),
                              "-x TUTTI_TIMEOUT=2");
  INFO("rank " << victim << ", " << ending(outcome) << "\n" << outcome.output);
  CHECK(outcome.exit_code == 1);
  CHECK(occurrences(outcome.output, "happens at ") == 1);
  // When mpirun wakes it to end it, it may say why it ends.
  const int of_victim = stops_of(outcome, ranks, victim);
  CHECK(of_victim <= 1);
  check_survivors_say(outcome, ranks, victim, " ", of_victim);
  CHECK(occurrences(outcome.output, text("rank ", victim, " (pid ")) >= ranks - 1);
  CHECK(occurrences(outcome.output, "alive but stopped") >= ranks - 1);
  CHECK(occurrences(outcome.output, "its last call was ") >= ranks - 1);
  CHECK(names_left(before).empty());
}

TEST_CASE("what does no harm", "[comm]") {
  const std::vector<Job> jobs = {
      {2, "mortal_ranks pause 0 50", "-x TUTTI_TIMEOUT=20"},  // for a second
      {3, text("mortal_ranks pause ", random_rank(3), " 50"), "-x TUTTI_TIMEOUT=20"},
      {2, "mortal_ranks fork 1 0"},
      // And two threads of every rank use two communicators.
      {3, "late_ranks 3000", "-x TUTTI_TIMEOUT=20"},
  };
  const std::vector<Outcome> outcomes = run_jobs(jobs, at_a_time);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    INFO(jobs[i].program << "\n" << outcomes[i].output);
    CHECK(outcomes[i].exit_code == 0);
    CHECK(occurrences(outcomes[i].output, "all right") == jobs[i].ranks);
    CHECK(occurrences(outcomes[i].output, "tutti: ") == 0);
  }
}

TEST_CASE("a rank that is later than the deadline is named", "[comm]") {
  Outcome outcome = run_ranks(2, "late_ranks 30000", "-x TUTTI_TIMEOUT=3");
  INFO(outcome.seconds << " s\n" << outcome.output);
  CHECK(outcome.exit_code != 0);
  CHECK(occurrences(outcome.output, "all right") == 0);  // it ended before the rank had come
  CHECK(occurrences(outcome.output, "has waited for 3 s (TUTTI_TIMEOUT)") == 1);
  CHECK(occurrences(outcome.output, "has not come; its last call was all_reduce #") == 1);
  CHECK(occurrences(outcome.output, "late_ranks.cpp:") >= 2);
}

TEST_CASE("a deadline that is no number is one error", "[comm]") {
  const std::vector<std::string> values = {"soon", "-1", "0", "5s"};
  std::vector<Job> jobs;
  for (const std::string& value : values)
    jobs.push_back({2, "late_ranks 0", "-x TUTTI_TIMEOUT=" + value});
  const std::vector<Outcome> outcomes = run_jobs(jobs, at_a_time);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [exit_code, output, seconds, end] = outcomes[i];
    INFO(output);
    CHECK(exit_code == 1);
    CHECK(occurrences(output, "tutti: ") == 1);
    CHECK(occurrences(output, text("TUTTI_TIMEOUT: found \"", values[i], "\", expected")) == 1);
  }
}
