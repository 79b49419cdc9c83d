#include "comm/environment.h"

#include "support/catch.h"

using tutti::warning_of_unknown_variables;

TEST_CASE("variables that the library does not know are named", "[comm]") {
  const char* good[] = {"TUTTI_TIMEOUT=3", "TUTTI_ALGORITHM=", "TUTTI_EXPLAIN=1",
                        "PATH=TUTTI_X",    "MY_TUTTI_X=1",     nullptr};
  CHECK(warning_of_unknown_variables(good).empty());
  const char* bad[] = {"TUTTI_TIMEOUTS=3", "TUTTI_TIMEOUT=3", "TUTTI_ALGORITHMS=ring", nullptr};
  CHECK(warning_of_unknown_variables(bad) ==
        "warning: found TUTTI_TIMEOUTS and TUTTI_ALGORITHMS in the environment, expected one of "
        "TUTTI_TIMEOUT, TUTTI_EXPLAIN, TUTTI_ALGORITHM, TUTTI_STRICT; ignored");
}
