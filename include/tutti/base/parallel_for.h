// Shares out independent tasks among this process's threads.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace tutti {

/// A borrowed callable: void(task, worker). Valid while the callable lives.
class TaskRef {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, TaskRef>) TaskRef(F&& f)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, std::int64_t task, int worker) {
          (*static_cast<std::remove_reference_t<F>*>(object))(task, worker);
        }) {}
  void operator()(std::int64_t task, int worker) const { call_(object_, task, worker); }

 private:
  void* object_;
  void (*call_)(void*, std::int64_t, int);
};

/// Runs task(i, worker) for i in [0, tasks), in any order, on up to thread_count() threads, and
/// returns when all are done; worker is in [0, min(tasks, thread_count())). The first exception is
/// rethrown. What a task computes must depend on i alone: then the bits do not depend on threads.
void parallel_for(std::int64_t tasks, TaskRef task);

/// The threads that parallel_for uses when called from this thread.
int thread_count();

/// Sets thread_count() for calls from this thread. run() divides the cores among the local ranks
/// unless OMP_NUM_THREADS is set.
void set_thread_count(int threads);

}  // namespace tutti
