// Runs the tests on every rank. The first failure ends them, since the ranks may disagree after it.
#include "support/catch_main.h"
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
    Catch::Session session;
    if (session.applyCommandLine(argc, argv) != 0) tutti::raise("tests: found wrong arguments");
    session.configData().abortAfter = 1;
    if (session.run() != 0) tutti::raise("tests failed");
  });
}
