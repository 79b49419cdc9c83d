#include "support/catch.h"
#include "support/process.h"

using namespace tutti::test;

namespace {

const std::string reason = "no such file: weights.bin";
// Shorter than the limit of run_ranks(): what is only noticed by waiting says so.
const std::string deadline = "-x TUTTI_TIMEOUT=60";

// How a run ends when rank 1 of 3 throws.
void check_rank_1_is_named(const std::string& how) {
  Outcome outcome = run_ranks(3, "failing_ranks " + how, deadline);
  INFO(how << ", " << outcome.seconds << " s\n" << outcome.output);
  CHECK(outcome.exit_code == 1);
  REQUIRE(occurrences(outcome.output, "throws at ") == 1);
  REQUIRE(occurrences(outcome.output, "stops at ") == 2);
  const double thrown = moments(outcome.output, "throws at ")[0];
  for (double stopped : moments(outcome.output, "stops at ")) CHECK(stopped >= thrown);
  CHECK(occurrences(outcome.output, "TUTTI_TIMEOUT") == 0);  // it was seen, not waited for
  CHECK(occurrences(outcome.output, "tutti: rank 1 of 3: " + reason) == 1);
  for (const char* peer : {"0", "2"}) {
    std::string line = std::string("tutti: rank ") + peer + " of 3 stops because rank 1 failed: ";
    CHECK(occurrences(outcome.output, line + reason) == 1);
  }
}

}  // namespace

TEST_CASE("ranks that wait for one that throws stop and name it", "[comm]") {
  check_rank_1_is_named("throw");
  check_rank_1_is_named("throw_async");
  check_rank_1_is_named("throw_vendor");
}

TEST_CASE("a vendor's call under way leaves a block alone that its owner frees", "[comm]") {
  Outcome outcome = run_ranks(3, "failing_ranks vendor_under_way", deadline);
  INFO(outcome.seconds << " s\n" << outcome.output);
  CHECK(outcome.exit_code == 1);  // no signal
  CHECK(occurrences(outcome.output, "tutti: rank 1 of 3: " + reason) == 1);
}

TEST_CASE("a rank that never looks is ended with the job", "[comm]") {
  Outcome outcome = run_ranks(2, "failing_ranks throw_while_computing");
  INFO(outcome.seconds << " s\n" << outcome.output);
  CHECK(outcome.exit_code != 0);
  CHECK(occurrences(outcome.output, "computed") == 0);  // it was ended before
  CHECK(occurrences(outcome.output, "tutti: rank 1 of 2: " + reason) == 1);
}

TEST_CASE("a wait for a rank that has returned is an error", "[comm]") {
  Outcome outcome = run_ranks(3, "failing_ranks return");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 1);
  CHECK(occurrences(outcome.output, "waits for rank 0, which has already returned from run()") > 0);
}

TEST_CASE("a rank that has returned ends with 1 when another fails later", "[comm]") {
  Outcome outcome = run_ranks(2, "failing_ranks throw_late");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 1);
  CHECK(occurrences(outcome.output, "tutti: ") == 1);
}

TEST_CASE("an error that all ranks share is printed once, without their ranks", "[comm]") {
  // The calls that start-up makes are not among the caller's.
  const std::pair<const char*, const char*> errors[] = {
      {"all", "tutti: all 3 ranks: no such directory: data/mnist"},
      {"arguments", "tutti: all 3 ranks: all_reduce #3 at failing_ranks.cpp:47: found an average"}};
  for (const auto& [how, message] : errors) {
    Outcome outcome = run_ranks(3, std::string("failing_ranks ") + how);
    INFO(outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK(occurrences(outcome.output, "tutti: ") == 1);
    CHECK(occurrences(outcome.output, message) == 1);
  }
}

TEST_CASE("one rank says what failed without its number", "[comm]") {
  Outcome outcome = run_ranks(1, "failing_ranks all");
  CHECK(outcome.exit_code == 1);
  CHECK(occurrences(outcome.output, "tutti: no such directory: data/mnist") == 1);
}

TEST_CASE("counts that differ end in a message", "[comm]") {
  Outcome outcome = run_ranks(2, "failing_ranks counts");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 1);
  CHECK(occurrences(outcome.output, "tutti: rank ") >= 1);
}

TEST_CASE("work that one rank alone starts, and nobody waits for, is an error", "[comm]") {
  Outcome outcome = run_ranks(2, "failing_ranks drop", deadline);
  INFO(outcome.seconds << " s\n" << outcome.output);
  CHECK(outcome.exit_code == 1);
  CHECK(occurrences(outcome.output, "waits for rank 1") >= 1);
  CHECK(occurrences(outcome.output, "TUTTI_TIMEOUT") == 0);  // it was seen, not waited for
}

TEST_CASE("work that is dropped is done all the same", "[comm]") {
  for (int ranks : {2, 3}) {
    Outcome outcome = run_ranks(ranks, "failing_ranks abandon", deadline);
    INFO(outcome.output);
    CHECK(outcome.exit_code == 0);
  }
}

TEST_CASE("run leaves an MPI alone that its caller initialised", "[comm]") {
  Outcome outcome = run_ranks(2, "own_mpi");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK(occurrences(outcome.output, "MPI is still up") == 2);
}
