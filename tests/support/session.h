// All tests of an executable, as its command line chooses them.
#pragma once

namespace tutti::test {

/// Runs them; 0 when none failed. Ends at the first failure if told so.
int run_tests(int argc, char** argv, bool end_at_first_failure);

}  // namespace tutti::test
