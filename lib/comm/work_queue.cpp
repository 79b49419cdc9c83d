#include "comm/work_queue.h"

#include "comm/node/node.h"

namespace tutti {
namespace {

void finish(Work::State& state, Event finished, std::exception_ptr error) {
  std::lock_guard lock(state.mutex);
  state.finished = std::move(finished);
  state.error = std::move(error);
  state.job = nullptr;
  state.queue = nullptr;
  state.done = true;
  state.changed.notify_all();
}

// Empty for the failure of a peer, which says so itself.
std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const PeerFailed&) {
    return {};
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace

void Work::wait() {
  if (!state_) return;
  std::unique_lock lock(state_->mutex);
  WorkQueue* queue = state_->queue;
  if (queue && !state_->threaded) {
    lock.unlock();
    queue->drain(*state_);
    lock.lock();
  }
  state_->changed.wait(lock, [&] { return state_->done; });
  if (state_->error) {
    *state_->told = true;
    std::rethrow_exception(state_->error);
  }
  tutti::wait(state_->stream, state_->finished);
}

bool Work::done() const {
  if (!state_) return true;
  std::lock_guard lock(state_->mutex);
  return state_->done;
}

void Work::keep(std::shared_ptr<const void> memory) {
  if (!state_) return;
  std::lock_guard lock(state_->mutex);
  state_->memory = std::move(memory);
}

void Work::release() noexcept {
  const std::shared_ptr<State> state = std::move(state_);
  if (!state) return;
  std::unique_lock lock(state->mutex);
  if (state->done || (state->memory && state->threaded)) return;
  const bool unwinding = std::uncaught_exceptions() > state->exceptions;
  if (unwinding || !state->threaded) {
    WorkQueue* queue = state->queue;
    lock.unlock();
    queue->give_up(unwinding ? "an exception passed while it was on its way"
                             : "it was dropped before wait(), and without MPI_THREAD_MULTIPLE a "
                               "call happens there");
    lock.lock();
  }
  state->changed.wait(lock, [&] { return state->done; });
}

WorkQueue::~WorkQueue() {
  std::deque<Entry> dropped;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    dropped.swap(entries_);
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    cancelling_ = true;
    transport_.cancel();
    thread_.join();
  }
  for (const Entry& entry : dropped)
    finish(*entry, {},
           std::make_exception_ptr(Error("Work: found its communicator gone before the call ran, "
                                         "expected wait() while a handle on it lives")));
  if (!dropped.empty()) leave_failed();
  if (!broken_ || *told_) return;
  if (const std::string what = what_of(broken_); !what.empty()) transport_.note(what);
}

void WorkQueue::give_up(const char* why) noexcept {
  const auto error = std::make_exception_ptr(
      Error(text("Work: found a call given up since ", why, "; nothing can be called any more")));
  std::deque<Entry> dropped;
  {
    std::lock_guard lock(mutex_);
    dropped.swap(entries_);
    pending_.fetch_sub(static_cast<int>(dropped.size()), std::memory_order_release);
  }
  for (const Entry& entry : dropped) finish(*entry, {}, error);
  cancelling_ = true;
  if (thread_.joinable()) transport_.cancel();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending_.load(std::memory_order_acquire) == 0; });
  if (!broken_ || *told_) broken_ = error;
  leave_failed();
}

// Calls that were numbered have not been made: their ranks are told by what becomes of this one.
void WorkQueue::leave_failed() {
  if (NodeMemory* node = transport_.node())
    node->own().failed.store(true, std::memory_order_relaxed);
}

Work WorkQueue::submit(std::function<Event()> job, const Stream& stream) {
  bool threaded = transport_.threads_allowed();
  auto entry = std::make_shared<Work::State>();
  entry->queue = this;
  entry->threaded = threaded;
  entry->told = told_;
  entry->job = std::move(job);
  entry->stream = stream;
  {
    std::lock_guard lock(mutex_);
    if (threaded && !thread_.joinable()) thread_ = std::thread([this] { loop(); });
    entries_.push_back(entry);
    pending_.fetch_add(1, std::memory_order_relaxed);
  }
  changed_.notify_all();
  return Work(entry);
}

void WorkQueue::wait_for_turn() {
  std::unique_lock lock(mutex_);
  while (!transport_.threads_allowed() && !entries_.empty()) {
    Entry entry = pop();
    lock.unlock();
    execute(entry);
    lock.lock();
  }
  changed_.wait(lock, [&] { return pending_.load(std::memory_order_acquire) == 0; });
  if (broken_) {
    *told_ = true;
    std::rethrow_exception(broken_);
  }
}

void WorkQueue::drain(Work::State& state) {
  auto done = [&] {
    std::lock_guard lock(state.mutex);
    return state.done;
  };
  while (!done()) {
    std::unique_lock lock(mutex_);
    Entry entry = pop();
    lock.unlock();
    execute(entry);
  }
}

WorkQueue::Entry WorkQueue::pop() {
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  return entry;
}

void WorkQueue::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || !entries_.empty(); });
    if (stop_) return;
    Entry entry = pop();
    lock.unlock();
    NodeMemory* node = transport_.node();
    if (node) node->set_background(true);
    run_job(*entry);
    if (node) node->set_background(false);
    retire();
    entry.reset();
    lock.lock();
  }
}

void WorkQueue::execute(const Entry& entry) {
  run_job(*entry);
  retire();
}

void WorkQueue::run_job(Work::State& entry) {
  std::exception_ptr error = broken_;
  Event finished;
  try {
    if (!error) finished = entry.job();
  } catch (...) {
    broken_ = error = std::current_exception();
    if (cancelling_) *told_ = true;  // the end of what nobody waits for
  }
  finish(entry, std::move(finished), error);
}

void WorkQueue::retire() {
  {
    std::lock_guard lock(mutex_);
    pending_.fetch_sub(1, std::memory_order_release);
  }
  changed_.notify_all();
}

}  // namespace tutti
