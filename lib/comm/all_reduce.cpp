#include "tutti/comm/all_reduce.h"

#include "comm/call.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/block_math.h"

namespace tutti {
namespace {

const Algorithm& algorithm_for(const Communicator& communicator, const Problem& problem,
                               std::string_view name) {
  if (name.empty()) return choose_all_reduce(problem);
  const Algorithm& row = find_all_reduce(name, communicator.label("all_reduce"));
  if (!row.fits(problem, communicator.transport()))
    raise(communicator.label("all_reduce"), ": found algorithm \"", name, "\", which does not fit ",
          problem.count, " x ", problem.dtype, " over ", communicator.transport().name(),
          "; choose another, or none");
  return row;
}

struct Call {
  Stream caller;
  CallBody body;
};

Call prepare(Communicator& communicator, Block data, ReduceOp op, const AllReduceOptions& options) {
  communicator.begin_call();
  require_reducible(data.dtype, op, communicator.label("all_reduce"));
  Stream caller = caller_stream(communicator, data.device, options.stream, "all_reduce");
  Problem problem{communicator.size(), data.count, data.dtype, op, options.order};
  const Algorithm& row = algorithm_for(communicator, problem, options.algorithm);
  ReduceOp resolved = op.for_ranks(communicator.size());
  return {caller, [&row, data, resolved](Communicator& self, const Stream& stream) {
            if (data.count == 0) return;
            if (self.size() == 1) return divide(stream, data, resolved.divisor);
            row.run(self, data, resolved, stream);
          }};
}

}  // namespace

void all_reduce(Communicator& communicator, Block data, ReduceOp op, AllReduceOptions options) {
  Call call = prepare(communicator, data, op, options);
  run_call(communicator, data.device, call.caller, call.body);
}

Work all_reduce_async(Communicator& communicator, Block data, ReduceOp op,
                      AllReduceOptions options) {
  Call call = prepare(communicator, data, op, options);
  return start_call(communicator, data.device, call.caller, std::move(call.body));
}

}  // namespace tutti
