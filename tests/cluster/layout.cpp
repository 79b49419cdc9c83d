// On emulated hosts: layout HOSTS RANKS checks that every rank knows where all of them stand.
#include <cstdio>
#include <string>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/run.h"
#include "tutti/comm/symmetric.h"

using namespace tutti;

namespace {

void check(bool good, const char* what) {
  if (!good) raise("wrong: ", what);
}

void check_layout(Communicator& world, int hosts, int ranks) {
  check(world.size() == hosts * ranks, "size");
  const auto positions = world.transport().positions();
  for (int rank = 0; rank < world.size(); ++rank)
    check(positions[rank] == Position{rank / ranks, rank % ranks, ranks}, "positions");
  const Layout& layout = world.layout();
  check(layout.nodes == hosts && layout.per_node == ranks && layout.contiguous, "layout");
  check(world.local_rank() == world.rank() % ranks, "local_rank");
  check(world.transport().name() == (ranks > 1 ? "mpi+shm" : "mpi"), "transport");

  Communicator node = world.split_by_node();
  check(node.size() == ranks && node.rank() == world.rank() % ranks, "split_by_node");
  float sum = static_cast<float>(world.rank());
  all_reduce(node, block_of(&sum, 1), ReduceOp::sum());
  const int first = world.rank() / ranks * ranks;
  check(sum == static_cast<float>(ranks * first + ranks * (ranks - 1) / 2), "sum of a node");

  Communicator across = world.split(world.local_rank(), world.rank());
  check(across.size() == hosts && across.local_size() == 1, "split across nodes");

  Buffer shared = symmetric_buffer(world, 1 << 20);
  const Block block{shared.data(), shared.bytes() / sizeof(float), Dtype::f32, {}};
  for (std::size_t i = 0; i < block.count; ++i) static_cast<float*>(block.data)[i] = 1;
  all_reduce(world, block, ReduceOp::sum());
  check(static_cast<float*>(block.data)[block.count - 1] == static_cast<float>(world.size()),
        "sum in symmetric memory");
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    if (argc != 3) raise("layout: found ", argc - 1, " arguments, expected HOSTS RANKS");
    check_layout(world, std::stoi(argv[1]), std::stoi(argv[2]));
    std::puts("layout right");
  });
}
