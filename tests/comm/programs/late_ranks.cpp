// Rank 1 comes late to a call by as many milliseconds as the argument says. Meanwhile, two threads
// of every rank use two communicators.
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/run.h"

using namespace tutti;

namespace {

void add_up(Communicator communicator, std::size_t count) {
  std::vector<float> data(count);
  for (int i = 0; i < 200; ++i) {
    std::ranges::fill(data, static_cast<float>(i + communicator.rank()));
    all_reduce(communicator, block_of(data.data(), count), ReduceOp::sum());
    const int ranks = communicator.size(), sum = ranks * i + ranks * (ranks - 1) / 2;
    if (data.back() != static_cast<float>(sum)) raise("WRONG DATA: ", data.back(), ", not ", sum);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    Communicator second = world.duplicate();
    std::exception_ptr error;
    std::thread other([&] {
      try {
        add_up(second, 20000);
      } catch (...) {
        error = std::current_exception();
      }
    });
    add_up(world, 100);
    other.join();
    if (error) std::rethrow_exception(error);
    const int late = argc > 1 ? std::stoi(argv[1]) : 0;
    if (world.rank() == 1) std::this_thread::sleep_for(std::chrono::milliseconds(late));
    add_up(world, 10);
    barrier(world);
    std::fputs("all right\n", stderr);
  });
}
