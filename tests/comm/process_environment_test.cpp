#include "support/catch.h"
#include "support/process.h"

using namespace tutti::test;

TEST_CASE("an unknown variable is warned of once, and changes nothing", "[comm]") {
  Outcome outcome = run_ranks(3, "late_ranks 0", "-x TUTTI_ALGORITM=ring");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK(occurrences(outcome.output, "tutti: warning: found TUTTI_ALGORITM in the environment") ==
        1);
  CHECK(occurrences(outcome.output, "all right") == 3);
}

TEST_CASE("known variables are not warned of", "[comm]") {
  Outcome outcome = run_ranks(2, "late_ranks 0", "-x TUTTI_TIMEOUT=9");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK(occurrences(outcome.output, "tutti: ") == 0);
}

TEST_CASE("where the system gives little shared memory, the rest is ordinary memory", "[comm]") {
  for (const Outcome& outcome : run_jobs({{2, "little_memory"}, {3, "little_memory"}})) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(occurrences(outcome.output, "tutti: ") == 0);
    CHECK(occurrences(outcome.output, "all right") >= 2);
  }
}
