// The threads of one block at a time, as fibers that change at barriers.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "base/fiber.h"
#include "tutti/cuda/sizes.h"

namespace tutti::simt {

/// Which thread, and which block, comes first wherever several could go on.
enum class Order { ascending, descending };

/// The call in which a thread waits for others.
struct Site {
  const char* call = "";
  const char* file = "";
  int line = 0;
};

class Crew {
 public:
  Crew();
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Calls body(thread) for the threads of one block, each until the barrier where it waits, then
  /// all of them once more, and so on. Throws what a thread throws, and an Error where some wait
  /// for others that have ended or wait elsewhere. A fiber takes thread after thread as long as
  /// they do not wait: a kernel without barriers needs one.
  void run(Order order, const std::function<void(int thread)>& body);

  /// For threads: returns when all threads of the block wait in the same call.
  void meet_block(int thread, const Site& site);
  /// The same for the lanes of a warp, which give a value each. Returns the 32 values, valid until
  /// the thread meets its warp a second time from here.
  const std::uint64_t* meet_warp(int thread, std::uint64_t value, const Site& site);

 private:
  struct Worker;
  enum class State { unstarted, running, waits_for_warp, waits_for_block, released, ended };
  struct Thread {
    State state = State::unstarted;
    Worker* worker = nullptr;
    int turn = 0;
    Site site;
  };

  int number(int place) const;
  void work(Worker& self);
  void start_threads();
  bool release(int begin, int end, State waiting);
  bool release_all();
  void resume_released();
  void cancel();
  [[noreturn]] void raise_divergence(int waiting) const;
  void wait(Thread& thread, State state, const Site& site);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
  std::array<Thread, cuda::block_threads> threads_;
  // By turns: a lane may give its next value before another has read the last.
  std::array<std::array<std::uint64_t, cuda::block_threads>, 2> values_;
  const std::function<void(int)>* body_ = nullptr;
  Order order_ = Order::ascending;
  int next_ = 0;
  std::exception_ptr error_;
  bool cancelling_ = false;
  bool closing_ = false;
};

}  // namespace tutti::simt
