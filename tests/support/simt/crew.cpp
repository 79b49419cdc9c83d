#include "support/simt/crew.h"

#include <cstring>
#include <utility>

#include "tutti/base/error.h"

namespace tutti::simt {
namespace {

// Unwinds a thread of a kernel that has failed elsewhere.
struct Cancelled {};

bool same_site(const Site& a, const Site& b) {
  return a.line == b.line && std::strcmp(a.call, b.call) == 0 && std::strcmp(a.file, b.file) == 0;
}

}  // namespace

struct Crew::Worker {
  explicit Worker(Crew& crew) : fiber([this, &crew] { crew.work(*this); }) {}
  Fiber fiber;
};

Crew::Crew() = default;

Crew::~Crew() {
  closing_ = true;
  for (Worker* worker : idle_) worker->fiber.resume();
}

int Crew::number(int place) const {
  return order_ == Order::ascending ? place : cuda::block_threads - 1 - place;
}

void Crew::work(Worker& self) {
  while (!closing_) {
    while (next_ < cuda::block_threads) {
      Thread& thread = threads_[number(next_++)];
      thread.state = State::running;
      thread.worker = &self;
      try {
        (*body_)(static_cast<int>(&thread - threads_.data()));
      } catch (const Cancelled&) {
      } catch (...) {
        error_ = std::current_exception();
        next_ = cuda::block_threads;
      }
      thread.state = State::ended;
    }
    idle_.push_back(&self);
    self.fiber.pause();
  }
}

void Crew::run(Order order, const std::function<void(int thread)>& body) {
  body_ = &body;
  order_ = order;
  next_ = 0;
  threads_.fill({});
  start_threads();
  while (!error_ && release_all()) resume_released();
  if (!error_) {
    for (int i = 0; i < cuda::block_threads; ++i) {
      if (threads_[i].state == State::ended) continue;
      try {
        raise_divergence(i);
      } catch (const Error&) {
        error_ = std::current_exception();
      }
      break;
    }
  }
  if (!error_) return;
  cancel();
  std::rethrow_exception(std::exchange(error_, nullptr));
}

void Crew::start_threads() {
  while (next_ < cuda::block_threads) {
    if (idle_.empty()) {
      workers_.push_back(std::make_unique<Worker>(*this));
      idle_.push_back(workers_.back().get());
    }
    Worker* worker = idle_.back();
    idle_.pop_back();
    worker->fiber.resume();
  }
}

// Threads [begin, end), if all of them wait in one call.
bool Crew::release(int begin, int end, State waiting) {
  for (int i = begin; i < end; ++i)
    if (threads_[i].state != waiting || !same_site(threads_[i].site, threads_[begin].site))
      return false;
  for (int i = begin; i < end; ++i) threads_[i].state = State::released;
  return true;
}

bool Crew::release_all() {
  bool some = release(0, cuda::block_threads, State::waits_for_block);
  for (int i = 0; i < cuda::block_threads; i += cuda::warp_threads)
    some |= release(i, i + cuda::warp_threads, State::waits_for_warp);
  return some;
}

void Crew::resume_released() {
  for (int place = 0; place < cuda::block_threads && !error_; ++place) {
    Thread& thread = threads_[number(place)];
    if (thread.state != State::released) continue;
    thread.state = State::running;
    thread.worker->fiber.resume();
  }
}

void Crew::cancel() {
  cancelling_ = true;
  for (Thread& thread : threads_)
    if (thread.state != State::unstarted && thread.state != State::ended)
      thread.worker->fiber.resume();
  cancelling_ = false;
}

void Crew::raise_divergence(int waiting) const {
  const Thread& thread = threads_[waiting];
  const bool block = thread.state == State::waits_for_block;
  int other = block ? 0 : waiting / cuda::warp_threads * cuda::warp_threads;
  while (threads_[other].state == thread.state && same_site(threads_[other].site, thread.site))
    ++other;
  const Thread& missing = threads_[other];
  std::string place = "has ended";
  if (missing.state != State::ended)
    place =
        text("waits in ", missing.site.call, " (", missing.site.file, ":", missing.site.line, ")");
  raise("thread ", waiting, " waits in ", thread.site.call, " (", thread.site.file, ":",
        thread.site.line, "), but thread ", other, " ", place, "; expected all threads of the ",
        block ? "block" : "warp", " in the same call");
}

void Crew::wait(Thread& thread, State state, const Site& site) {
  thread.state = state;
  thread.site = site;
  thread.worker->fiber.pause();
  if (cancelling_) throw Cancelled();
}

void Crew::meet_block(int thread, const Site& site) {
  wait(threads_[thread], State::waits_for_block, site);
}

const std::uint64_t* Crew::meet_warp(int thread, std::uint64_t value, const Site& site) {
  Thread& self = threads_[thread];
  auto& values = values_[self.turn ^= 1];
  values[thread] = value;
  wait(self, State::waits_for_warp, site);
  return values.data() + thread / cuda::warp_threads * cuda::warp_threads;
}

}  // namespace tutti::simt
