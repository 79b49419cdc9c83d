// Applications that own MPI.
#include "support/catch.h"
#include "support/process.h"

using namespace tutti::test;

TEST_CASE("half of an application trains in a Session, at each thread level") {
  for (const char* level : {"none", "single", "funneled", "serialized", "multiple"})
    for (const char* how : {"", "again", "close", "beside"}) {
      if (std::string(level) == "none" && *how) continue;
      Outcome outcome = run_ranks(4, std::string("mpi_session ") + level + " " + how);
      INFO(level << ' ' << how << ", " << outcome.seconds << " s\n" << outcome.output);
      CHECK(outcome.exit_code == 0);
      CHECK(occurrences(outcome.output, "ended") == 4);
      CHECK(occurrences(outcome.output, "caught") == 0);
    }
}

TEST_CASE("an error in the half that trains leaves the other half and MPI alive") {
  for (const char* level : {"funneled", "multiple"})
    for (const char* how : {"throw", "large"}) {
      Outcome outcome = run_ranks(4, std::string("mpi_session ") + level + " " + how);
      INFO(level << ' ' << how << ", " << outcome.seconds << " s\n" << outcome.output);
      CHECK(outcome.exit_code == 0);
      CHECK(occurrences(outcome.output, "ended") == 4);
      CHECK(occurrences(outcome.output, "caught: a bad batch") == 1);
      CHECK(occurrences(outcome.output, "caught: ") == 2);
      CHECK(occurrences(outcome.output, "failed: a bad batch") == 1);
    }
}

TEST_CASE("a Session that one rank does not close, and roots that differ in one, are named") {
  Outcome left = run_ranks(4, "mpi_session multiple left", "-x TUTTI_TIMEOUT=2");
  INFO(left.seconds << " s\n" << left.output);
  CHECK(left.exit_code == 0);
  CHECK(occurrences(left.output, "close() has waited for 2 s (TUTTI_TIMEOUT) for rank 1") == 1);
  Outcome roots = run_ranks(4, "mpi_session multiple roots");
  INFO(roots.output);
  CHECK(roots.exit_code == 0);
  CHECK(occurrences(roots.output, "name the same root") >= 1);
  CHECK(occurrences(roots.output, "ended") >= 4);
}

TEST_CASE("what only roots and senders could notice is named when all ranks have ended") {
  for (int ranks : {2, 3, 4})
    for (const char* how : {"broadcast", "scatter", "send"}) {
      Outcome outcome = run_ranks(ranks, std::string("other_roots ") + how);
      INFO(ranks << ' ' << how << ", " << outcome.seconds << " s\n" << outcome.output);
      CHECK(outcome.exit_code == 1);
      const bool sent = std::string(how) == "send";
      CHECK(occurrences(outcome.output, sent ? "nobody has received" : "name the same root") >= 1);
    }
}

TEST_CASE("ranks that do not call run() are missed when the deadline has passed") {
  Outcome outcome = run_ranks(3, "mpi_session never", "-x TUTTI_TIMEOUT=2");
  INFO(outcome.seconds << " s\n" << outcome.output);
  CHECK(outcome.exit_code != 0);
  CHECK(outcome.exit_code != 124);
  CHECK(occurrences(outcome.output, "all of them must call run()") >= 1);
}
