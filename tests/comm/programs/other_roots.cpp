// Every rank names itself as the root. Where roots only send, no wait notices it; where they only
// receive, no message tells it.
#include <cstdio>
#include <string>
#include <vector>

#include "tutti/comm/barrier.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/reduce.h"
#include "tutti/comm/run.h"
#include "tutti/comm/scatter.h"
#include "tutti/comm/send.h"

using namespace tutti;

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "";
  return run(argc, argv, [&](Communicator& world) {
    Communicator part = world.duplicate();
    std::vector<float> all(static_cast<std::size_t>(world.size()), 1);
    float mine = 0;
    barrier(world);
    if (how == "broadcast") broadcast(part, block_of(&mine, 1), world.rank());
    if (how == "scatter")
      scatter(part, block_of(all.data(), all.size()), block_of(&mine, 1), world.rank());
    if (how == "reduce") reduce(part, block_of(&mine, 1), ReduceOp::sum(), world.rank());
    if (how == "recv" && world.rank() == 0) recv(part, block_of(&mine, 1), 1);
    if (how == "recv" && world.rank() > 0) barrier(part);
    if (how == "send" && world.rank() == 0) send(part, block_of(&mine, 1), world.size() - 1);
  });
}
