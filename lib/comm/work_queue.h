// The order of a communicator's calls: first in, first out, on one thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "tutti/comm/transport.h"
#include "tutti/comm/work.h"
#include "tutti/device/event.h"

namespace tutti {

class WorkQueue;

struct Work::State {
  WorkQueue* queue = nullptr;  ///< until done
  bool threaded = false;
  std::function<Event()> job;  ///< returns the point in the communicator's stream that ends it
  Stream stream;               ///< the caller's
  Event finished;
  std::exception_ptr error;
  bool done = false;
  std::shared_ptr<const void> memory;       ///< in which the blocks lie, where the call keeps it
  std::shared_ptr<std::atomic<bool>> told;  ///< whether anybody was told of the queue's error
  const int exceptions = std::uncaught_exceptions();  ///< while it was started
  std::mutex mutex;  ///< guards finished, error, done, memory and queue
  std::condition_variable changed;
};

/// Runs asynchronous jobs on a thread that starts with the first of them, or, where threads must
/// not communicate, inside Work::wait(). What a job throws breaks the queue: later ones throw the
/// same, since messages that were left behind could match theirs.
class WorkQueue {
 public:
  explicit WorkQueue(Transport& transport) : transport_(transport) {}
  /// Ends the running job, drops the others.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  Work submit(std::function<Event()> job, const Stream& stream);
  /// Runs `job` on this thread after all that was submitted.
  template <class Job>
  void run(Job&& job) {
    if (pending_.load(std::memory_order_acquire) > 0 || broken_) wait_for_turn();
    try {
      job();
    } catch (...) {
      broken_ = std::current_exception();
      *told_ = true;
      throw;
    }
  }
  /// Runs jobs on this thread until `state` is done. Only where there is no progress thread.
  void drain(Work::State& state);
  /// Ends the running job and drops the others: they and all later ones throw. Returns when none
  /// runs any more.
  void give_up(const char* why) noexcept;

 private:
  using Entry = std::shared_ptr<Work::State>;
  void wait_for_turn();
  void loop();
  void execute(const Entry& entry);
  void run_job(Work::State& entry);
  void retire();
  void leave_failed();
  Entry pop();

  Transport& transport_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  bool stop_ = false;
  std::atomic<bool> cancelling_ = false;
  std::thread thread_;
  std::atomic<int> pending_ = 0;  ///< submitted and not done
  // Of whoever runs jobs: the caller when nothing is pending, else the one that drains.
  std::exception_ptr broken_;
  std::shared_ptr<std::atomic<bool>> told_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace tutti
