#include "support/session.h"

int main(int argc, char** argv) {
  return tutti::test::run_tests(argc, argv, /*end_at_first_failure=*/false);
}
