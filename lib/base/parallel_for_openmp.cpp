// parallel_for on OpenMP.
#include "tutti/base/parallel_for.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace tutti {

int thread_count() {
  return omp_in_parallel() ? 1 : omp_get_max_threads();
}

void set_thread_count(int threads) {
  omp_set_num_threads(threads);
}

void parallel_for(std::int64_t tasks, TaskRef task) {
  int threads = static_cast<int>(std::min<std::int64_t>(tasks, thread_count()));
  if (threads <= 1) {
    for (std::int64_t i = 0; i < tasks; ++i) task(i, 0);
    return;
  }
  std::exception_ptr error;
  std::atomic<bool> failed = false;
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (std::int64_t i = 0; i < tasks; ++i) {
    try {
      if (!failed.load(std::memory_order_relaxed)) task(i, omp_get_thread_num());
    } catch (...) {
      if (!failed.exchange(true)) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace tutti
