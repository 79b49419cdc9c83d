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
  WorkQueue* queue = nullptr;
  std::function<Event()> job;  ///< returns the point in the communicator's stream that ends it
  Stream stream;               ///< the caller's
  Event finished;
  std::exception_ptr error;
  bool done = false;
  std::mutex mutex;  ///< guards finished, error, done and queue
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
      throw;
    }
  }
  /// Runs jobs on this thread until `state` is done. Only where there is no progress thread.
  void drain(Work::State& state);

 private:
  using Entry = std::shared_ptr<Work::State>;
  void wait_for_turn();
  void loop();
  void execute(const Entry& entry);
  void run_job(Work::State& entry);
  void retire();
  Entry pop();

  Transport& transport_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  bool stop_ = false;
  std::thread thread_;
  std::atomic<int> pending_ = 0;  ///< submitted and not done
  // Of whoever runs jobs: the caller when nothing is pending, else the one that drains.
  std::exception_ptr broken_;
};

}  // namespace tutti
