// Calls that differ among ranks are named on every rank, in time.
#include "support/catch.h"
#include "support/process.h"
#include "support/quick.h"
#include "tutti/base/error.h"

using namespace tutti::test;

namespace {

void check_all_name_it(const std::vector<Job>& jobs, const std::string& hint) {
  const std::vector<Outcome> outcomes = run_jobs(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [exit_code, output, seconds, end] = outcomes[i];
    const int ranks = jobs[i].ranks;
    INFO(jobs[i].program << " on " << ranks << " ranks, " << seconds << " s\n" << output);
    CHECK(exit_code == 1);
    CHECK(occurrences(output, "WRONG DATA") == 0);
    CHECK(occurrences(output, "TUTTI_TIMEOUT") == 0);  // it was seen, not waited for
    CHECK(occurrences(output, "tutti: ") == ranks);
    for (int rank = 0; rank < ranks; ++rank)
      CHECK(occurrences(output, tutti::text("tutti: rank ", rank, " of ", ranks, " ")) == 1);
    CHECK(occurrences(output, hint) >= ranks);
  }
}

// The last of `ranks` ranks makes this fault in a call of each of these kinds; in quick tests of
// the first number of ranks only.
void check_fault(const std::string& fault, std::vector<int> ranks,
                 std::initializer_list<const char*> kinds, const std::string& hint) {
  if (quick()) ranks.resize(1);
  std::vector<Job> jobs;
  for (int count : ranks)
    for (const char* kind : kinds)
      jobs.push_back({count, "differing_calls " + fault + " " + kind, "-x TUTTI_TIMEOUT=20"});
  check_all_name_it(jobs, hint);
}

}  // namespace

TEST_CASE("another count is named on every rank", "[comm]") {
  check_fault("count", {2, 3},
              {"small", "large", "symmetric", "tree", "vendor", "broadcast", "async", "allocation"},
              "All ranks must pass the same count.");
  check_fault("more", {2, 3}, {"allocation"}, "All ranks must pass the same count.");
}

TEST_CASE("another dtype is named on every rank", "[comm]") {
  check_fault("dtype", {3}, {"small", "large", "symmetric", "vendor", "broadcast"},
              "All ranks must pass the same dtype.");
}

TEST_CASE("another operator is named on every rank", "[comm]") {
  const char* hint = "All ranks must pass the same operator.";
  check_fault("op", {2}, {"small", "large", "symmetric", "async"}, hint);
  check_fault("divisor", {4}, {"small"}, hint);
}

TEST_CASE("another root is named on every rank", "[comm]") {
  check_fault("root", {2, 3, 4}, {"broadcast"}, "All ranks must name the same root.");
}

TEST_CASE("another order or algorithm is named on every rank", "[comm]") {
  check_fault("order", {2}, {"large"}, "All ranks must ask for the same order.");
  check_fault("algorithm", {2, 3}, {"small", "large"}, "All ranks must name the same algorithm.");
}

TEST_CASE("another place in symmetric memory is named on every rank", "[comm]") {
  check_fault("place", {2}, {"symmetric"}, "the same place of the same symmetric memory");
}

TEST_CASE("swapped, missing and extra calls are named on every rank", "[comm]") {
  for (const char* fault : {"swapped", "missing", "extra"})
    check_fault(fault, {3}, {"small", "large", "broadcast", "async"},
                "All ranks must make the same calls in the same order.");
}

TEST_CASE("a barrier too few or too many is named where ranks wait", "[comm]") {
  for (const Outcome& outcome :
       run_jobs({{2, "differing_calls missing barrier"}, {2, "differing_calls extra barrier"}})) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK(occurrences(outcome.output, "made all calls") == 1);
    CHECK(occurrences(outcome.output, "tutti: ") == 1);
    CHECK(occurrences(outcome.output, "which has already returned from run(), in barrier #") == 1);
  }
}
