// Runs the tests on every rank. The first failure ends them, since the ranks may disagree after it.
#include "support/session.h"
#include "support/world.h"
#include "tutti/comm/run.h"

namespace tutti::test {
namespace {
Communicator* current = nullptr;
}

Communicator& world() {
  return *current;
}
}  // namespace tutti::test

int main(int argc, char** argv) {
  return tutti::run(argc, argv, [&](tutti::Communicator& ranks) {
    tutti::test::current = &ranks;
    if (tutti::test::run_tests(argc, argv, /*end_at_first_failure=*/true) != 0)
      tutti::raise("tests failed");
  });
}
