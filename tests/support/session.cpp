// The one file that compiles Catch2 itself.
#define CATCH_CONFIG_RUNNER
#include "support/session.h"

#include "support/catch.h"

namespace tutti::test {

int run_tests(int argc, char** argv, bool end_at_first_failure) {
  Catch::Session session;
  if (const int code = session.applyCommandLine(argc, argv); code != 0) return code;
  if (end_at_first_failure) session.configData().abortAfter = 1;
  return session.run();
}

}  // namespace tutti::test
