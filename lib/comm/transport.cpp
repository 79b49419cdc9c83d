#include "tutti/comm/transport.h"

namespace tutti {

void Transport::vendor_all_reduce(Block, const ReduceOp&, const Stream&) {
  raise("all_reduce: the ", name(),
        " transport has no all-reduce of its own, expected mpi or nccl; ",
        "choose another algorithm than vendor");
}

}  // namespace tutti
