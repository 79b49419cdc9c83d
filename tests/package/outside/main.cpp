#include <tutti/comm/all_reduce.h>
#include <tutti/comm/run.h>

#include <cstdio>

int main(int argc, char** argv) {
  return tutti::run(argc, argv, [](tutti::Communicator& world) {
    float value = static_cast<float>(world.rank() + 1);
    tutti::all_reduce(world, tutti::block_of(&value, 1), tutti::ReduceOp::sum());
    if (world.rank() == 0) std::printf("the sum over %d ranks is %g\n", world.size(), value);
  });
}
