#include <tuple>
#include <vector>

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

TEST_CASE("the choice explains itself", "[comm]") {
  const std::vector<Outcome> outcomes =
      run_jobs({{3, "late_ranks 0", "-x TUTTI_EXPLAIN=1"},
                {2, "late_ranks 0", "-x TUTTI_EXPLAIN=1 -x TUTTI_ALGORITHM=ring"},
                {2, "late_ranks 0", "-x TUTTI_EXPLAIN=1 -x TUTTI_ALGORITHM=hierarchical"},
                {1, "late_ranks 0", "-x TUTTI_EXPLAIN=1"},
                {2, "late_ranks 0", "-x TUTTI_EXPLAIN=0"}});
  const auto& [measured, ring, nowhere, alone, silent] =
      std::tie(outcomes[0], outcomes[1], outcomes[2], outcomes[3], outcomes[4]);
  for (const Outcome& outcome : outcomes) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(occurrences(outcome.output, "tutti: ") == (&outcome == &silent ? 0 : 1));
  }
  CHECK(occurrences(measured.output, "all_reduce of 3 ranks on 1 node over shm; costs") == 1);
  CHECK(occurrences(measured.output, " 1 MiB  -> ") == 0);
  CHECK(occurrences(measured.output, " 2 MiB  -> ") == 2);  // symmetric and ordinary memory
  CHECK(occurrences(ring.output, "TUTTI_ALGORITHM=ring is taken wherever it fits") == 1);
  CHECK(occurrences(ring.output, " 2 MiB  -> ring ") == 2);
  CHECK(occurrences(nowhere.output, "TUTTI_ALGORITHM=hierarchical fits nowhere here") == 1);
  CHECK(occurrences(alone.output, "all_reduce of 1 rank") == 1);
}

TEST_CASE("values that mean nothing are one error, on any number of ranks", "[comm]") {
  const std::pair<const char*, const char*> values[] = {
      {"TUTTI_ALGORITHM=fastest", "found algorithm \"fastest\", expected one of"},
      {"TUTTI_EXPLAIN=yes", "TUTTI_EXPLAIN: found \"yes\", expected 1 or 0"}};
  for (const auto& [value, message] : values)
    for (int ranks : {1, 2}) {
      Outcome outcome = run_ranks(ranks, "late_ranks 0", std::string("-x ") + value);
      INFO(outcome.output);
      CHECK(outcome.exit_code == 1);
      CHECK(occurrences(outcome.output, "tutti: ") == 1);
      CHECK(occurrences(outcome.output, message) == 1);
    }
}

TEST_CASE("where the system gives little shared memory, the rest is ordinary memory", "[comm]") {
  for (int ranks : {2, 3}) {
    Outcome outcome = run_ranks(ranks, "mpi_little_memory");
    INFO(outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(occurrences(outcome.output, "tutti: ") == 0);
    CHECK(occurrences(outcome.output, "all right") == ranks);
  }
}
