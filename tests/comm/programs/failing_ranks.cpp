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

// By a clock that all processes of a machine share.
void say_when(const char* what) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  std::fprintf(stderr, "%s at %lld\n", what,
               static_cast<long long>(now / std::chrono::milliseconds(1)));
}

void fail(Communicator& world, const std::string& how) {
  static std::vector<float> data(1 << 20, 1);  // calls may still borrow it when this has returned
  Block block = block_of(data.data(), data.size());
  all_reduce(world, block, ReduceOp::sum());
  const bool throws = how.starts_with("throw") && world.rank() == 1;
  if (how == "throw_late") std::this_thread::sleep_for(std::chrono::milliseconds(200));
  if (throws) {
    say_when("throws");
    raise("no such file: weights.bin");
  }
  if (how == "throw") {
    all_reduce(world, block, ReduceOp::sum());
  } else if (how == "throw_async") {
    all_reduce_async(world, block, ReduceOp::sum()).wait();
  } else if (how == "throw_vendor") {
    all_reduce(world, block, ReduceOp::sum(), {.algorithm = "vendor"});
  } else if (how == "throw_while_computing") {
    std::this_thread::sleep_for(std::chrono::seconds(30));
    std::fputs("computed\n", stderr);
  } else if (how == "return") {
    if (world.rank() != 0) barrier(world);
  } else if (how == "all") {
    raise("no such directory: data/mnist");
  } else if (how == "arguments") {
    all_reduce(world, Block{data.data(), 10, Dtype::i32, {}}, ReduceOp::average());
  } else if (how == "counts") {
    all_reduce(world, block.slice(0, world.rank() ? 100 : 90), ReduceOp::sum());
  } else if (how == "abandon") {
    if (world.rank() != 0) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    Work work = all_reduce_async(world, block, ReduceOp::sum());
    if (world.rank() != 0) work.wait();
  } else if (how == "vendor_under_way") {
    std::vector<float> own(block.count, 1);
    Work work = all_reduce_async(world, block_of(own.data(), own.size()), ReduceOp::sum(),
                                 {.algorithm = "vendor"});
    if (world.rank() == 1) raise("no such file: weights.bin");
    work.wait();
  } else if (how == "drop") {
    if (world.rank() == 0) Work dropped = all_reduce_async(world, block, ReduceOp::sum());
  }
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    barrier(world);
    try {
      fail(world, argc > 1 ? argv[1] : "");
    } catch (const PeerFailed&) {
      say_when("stops");
      throw;
    }
  });
}
