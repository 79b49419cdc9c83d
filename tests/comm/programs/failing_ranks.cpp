// Fails in the way its argument names.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/run.h"

using namespace tutti;

namespace {

void fail(Communicator& world, const std::string& how) {
  std::vector<float> data(1 << 20, 1);
  Block block = block_of(data.data(), data.size());
  all_reduce(world, block, ReduceOp::sum());
  const bool throws = how.starts_with("throw") && world.rank() == 1;
  if (how == "throw_late") std::this_thread::sleep_for(std::chrono::milliseconds(200));
  if (throws) raise("no such file: weights.bin");
  if (how == "throw") {
    all_reduce(world, block, ReduceOp::sum());
  } else if (how == "throw_async") {
    all_reduce_async(world, block, ReduceOp::sum()).wait();
  } else if (how == "throw_vendor") {
    all_reduce(world, block, ReduceOp::sum(), {.algorithm = "vendor"});
  } else if (how == "throw_while_computing") {
    std::this_thread::sleep_for(std::chrono::seconds(30));
  } else if (how == "return") {
    if (world.rank() != 0) barrier(world);
  } else if (how == "all") {
    raise("no such directory: data/mnist");
  } else if (how == "counts") {
    all_reduce(world, block.slice(0, world.rank() ? 100 : 90), ReduceOp::sum());
  } else if (how == "drop") {
    if (world.rank() == 0) all_reduce_async(world, block, ReduceOp::sum());
  }
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    barrier(world);
    auto start = std::chrono::steady_clock::now();
    try {
      fail(world, argc > 1 ? argv[1] : "");
    } catch (const PeerFailed&) {
      bool in_time = std::chrono::steady_clock::now() - start < std::chrono::seconds(1);
      std::fputs(in_time ? "stopped in time\n" : "stopped late\n", stderr);
      throw;
    }
  });
}
