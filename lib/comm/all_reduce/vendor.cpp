#include "tutti/comm/all_reduce/vendor.h"

namespace tutti::algorithms {

void vendor_all_reduce(Communicator& communicator, Block data, ReduceOp op, const Stream& stream) {
  communicator.transport().vendor_all_reduce(data, op, stream);
}

bool vendor_fits(const Problem& problem) {
  return problem.layout.vendor;
}

}  // namespace tutti::algorithms
