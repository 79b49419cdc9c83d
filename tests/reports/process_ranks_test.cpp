// Reports of programs: who joins, what the system gives them, and how they end.
#include "support/catch.h"
#include "support/process.h"

using namespace tutti::test;

// horovod/horovod#194, glotzerlab/hoomd-blue#54
TEST_CASE("a rank of the application that does not join is missed") {
  std::vector<Job> jobs;
  for (const char* how : {"session", "run"})
    for (int ranks : {2, 3})
      jobs.push_back({ranks, std::string("mpi_absent_rank ") + how, "-x TUTTI_TIMEOUT=2"});
  const std::vector<Outcome> outcomes = run_jobs(jobs, 2);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    const int present = jobs[i].ranks - 1;
    const bool session = jobs[i].program == "mpi_absent_rank session";
    INFO(jobs[i].program << ", " << outcome.seconds << " s\n" << outcome.output);
    CHECK((outcome.exit_code == 0) == session);
    CHECK(outcome.exit_code != 124);
    CHECK(occurrences(outcome.output, "caught: ") == (session ? present : 0));
    CHECK(occurrences(outcome.output, "all of them must call run(), or make the Session") >=
          (session ? present : 1));
  }
}

// horovod/horovod#1228
TEST_CASE("training on a communicator of the application") {
  for (int ranks : {2, 3, 4}) {
    Outcome outcome = run_ranks(ranks, "mpi_own_ranks");
    INFO(outcome.seconds << " s\n" << outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(occurrences(outcome.output, "trained") == ranks - 1);
  }
}

// NVIDIA/nccl#342, NVIDIA/nccl#290
TEST_CASE("shared memory of 64 MB, 8 MB and 100 KB") {
  std::vector<Job> jobs;
  for (int ranks : {2, 3})
    for (const char* bytes : {"64000000", "8000000", "100000"})
      jobs.push_back({ranks, std::string("mpi_small_memory ") + bytes});
  const std::vector<Outcome> outcomes = run_jobs(jobs, 2);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    INFO(jobs[i].program << ", " << outcomes[i].seconds << " s\n" << outcomes[i].output);
    CHECK(outcomes[i].exit_code == 0);
    CHECK(occurrences(outcomes[i].output, "trained") == jobs[i].ranks);
  }
}

// LBANN/lbann#717
TEST_CASE("destructors after MPI_Finalize") {
  for (int ranks : {2, 3})
    for (const char* how : {"", " close"}) {
      Outcome outcome = run_ranks(ranks, std::string("mpi_late_destructors") + how);
      INFO(outcome.seconds << " s\n" << outcome.output);
      CHECK(outcome.exit_code == 0);
      CHECK(occurrences(outcome.output, "destroyed late") == ranks);
    }
}

// AMReX-Codes/amrex#292
TEST_CASE("children of ranks that train") {
  for (int ranks : {2, 3}) {
    Outcome outcome = run_ranks(ranks, "forking_ranks");
    INFO(outcome.seconds << " s\n" << outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(occurrences(outcome.output, "trained") == ranks);
  }
}
