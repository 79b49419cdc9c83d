// parallel_for without OpenMP (ThreadSanitizer does not understand its barriers): one thread.
#include "tutti/base/parallel_for.h"

namespace tutti {

int thread_count() {
  return 1;
}

void set_thread_count(int) {}

void parallel_for(std::int64_t tasks, TaskRef task) {
  for (std::int64_t i = 0; i < tasks; ++i) task(i, 0);
}

}  // namespace tutti
