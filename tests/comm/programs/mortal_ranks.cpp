// Ranks make collectives of every kind for ever, or a number of times, until something happens to
// one of them: mortal_ranks HOW RANK MILLISECONDS. "kill": it kills itself; "kill-reversed": so it
// does while they call on a communicator that numbers them the other way; "stop": it stops;
// "pause": it stops and goes on as long again later; "fork": it forks a child now and then.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/run.h"
#include "tutti/comm/symmetric.h"

using namespace tutti;

namespace {

using Clock = std::chrono::steady_clock;

void expect(float found, int expected) {
  if (found != static_cast<float>(expected)) raise("WRONG DATA: ", found, ", not ", expected);
}

void one_round(Communicator& world, std::vector<float>& heap, Buffer& shared, int round) {
  const int ranks = world.size(), sum = ranks * (ranks + 1) / 2;
  for (std::size_t count : {std::size_t{8}, std::size_t{100000}}) {
    std::fill_n(heap.begin(), count, static_cast<float>(world.rank() + 1));
    all_reduce(world, block_of(heap.data(), count), ReduceOp::sum());
    expect(heap[count - 1], sum);
  }
  auto* data = static_cast<float*>(shared.data());
  const std::size_t count = shared.bytes() / sizeof(float);
  std::fill_n(data, count, static_cast<float>(world.rank() + 1));
  all_reduce_async(world, block_of(data, count), ReduceOp::sum()).wait();
  expect(data[count - 1], sum);
  heap[0] = static_cast<float>(world.rank());
  broadcast(world, block_of(heap.data(), 1000), round % ranks);
  expect(heap[0], round % ranks);
  barrier(world);
}

// As a thread of its own, so that it happens anywhere in a call.
void happen(const std::string& how, std::chrono::milliseconds after, pid_t victim) {
  std::this_thread::sleep_for(after);
  std::fprintf(
      stderr, "happens at %lld\n",
      static_cast<long long>(Clock::now().time_since_epoch() / std::chrono::milliseconds(1)));
  if (how.starts_with("kill")) kill(victim, SIGKILL);
  if (how == "stop" || how == "pause") kill(victim, SIGSTOP);
  if (how != "pause") return;
  std::this_thread::sleep_for(std::chrono::seconds(1));
  kill(victim, SIGCONT);
}

void fork_child() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) raise("cannot fork");
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& all) {
    const std::string how = argc > 3 ? argv[1] : "";
    const bool reversed = how == "kill-reversed";
    Communicator world = all.split(0, reversed ? -all.rank() : all.rank());
    const int named = argc > 3 ? std::stoi(argv[2]) : 0;
    const int victim = reversed ? all.size() - 1 - named : named;
    const std::chrono::milliseconds after(argc > 3 ? std::stoi(argv[3]) : 0);
    std::vector<float> heap(100000);
    Buffer shared = symmetric_buffer(world, 1 << 20);
    auto pid = static_cast<std::int32_t>(getpid());
    broadcast(world, block_of(&pid, 1), victim);
    one_round(world, heap, shared, 0);
    // Another rank does it where the victim could not go on by itself.
    const bool does = world.rank() == (how == "pause" ? (victim + 1) % world.size() : victim);
    std::thread other;
    if (does && how != "fork") other = std::thread(happen, how, after, pid);
    const auto end = Clock::now() + after + std::chrono::milliseconds(1500);
    std::int32_t go_on = 1;
    try {
      for (int round = 1; go_on != 0; ++round) {
        if (how == "fork" && does && round % 10 == 0) fork_child();
        one_round(world, heap, shared, round);
        go_on = how.starts_with("kill") || how == "stop" || Clock::now() < end;
        broadcast(world, block_of(&go_on, 1), victim);
      }
    } catch (...) {
      if (other.joinable()) other.detach();
      throw;
    }
    if (other.joinable()) other.join();
    std::fputs("all right\n", stderr);
  });
}
