#include "tutti/comm/all_reduce.h"

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/node/node.h"
#include "comm/reduce_blocks.h"
#include "tutti/comm/all_reduce/table.h"

namespace tutti {
namespace {

constexpr std::string_view who = "all_reduce";

// Below this, no algorithm gains enough from symmetric memory to pay for looking it up.
constexpr std::size_t symmetric_from = 1024;

// So that two places are not taken for two others: 2^64 divided by the golden ratio.
constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;

struct Places {
  std::uint64_t key = 0;  // equal on all ranks when all name the same symmetric memory
  bool symmetric = false;
};

Places places_of(const Communicator& communicator, const Block& in, const Block& out,
                 std::string_view algorithm) {
  NodeMemory* node = communicator.state().node;
  if (in.bytes() < symmetric_from && algorithm.empty()) return {};
  if (!node || in.device.kind != DeviceKind::cpu) return {};
  const SymmetricPlace from = node->place(in.data, in.bytes());
  const SymmetricPlace to = in.data == out.data ? from : node->place(out.data, out.bytes());
  return {from.key() + golden_ratio * to.key(), from.area && to.area};
}

Problem problem_of(const Communicator& communicator, const Block& in, const ReduceOp& op,
                   Order order, bool symmetric) {
  return {communicator.state().size,
          in.count,
          in.dtype,
          op,
          order,
          communicator.state().layout,
          symmetric ? Memory::symmetric : Memory::heap,
          in.device.kind};
}

const Algorithm& row_for(const Communicator& communicator, const Problem& problem,
                         std::string_view name) {
  if (name.empty()) {
    Communicator::State& state = communicator.state();
    return *state.choices.find(problem,
                               [&] { return &choose_all_reduce(problem, state.cost_model); });
  }
  const Algorithm& row = find_all_reduce(name, who);
  if (!row.fits(problem))
    raise(communicator.label(who), ": found algorithm \"", name, "\", which does not fit ",
          problem.count, " x ", problem.dtype, " over ", communicator.transport().name(),
          problem.memory == Memory::heap ? " in ordinary memory" : " in symmetric memory",
          "; choose another, or none");
  return row;
}

struct Prepared {
  Call call;
  const Algorithm* row = nullptr;
  ReduceOp op;
};

Prepared prepare(Communicator& communicator, const Block& in, const Block& out, const ReduceOp& op,
                 const AllReduceOptions& options, const std::source_location& site) {
  // Field by field: GCC clears all of a braced record first, which a small call would notice.
  Prepared work;
  work.op = op;
  work.call.where = in.device;
  CallRecord& record = work.call.record;
  record.collective = Collective::all_reduce;
  record.dtype = in.dtype;
  record.any_order = options.order == Order::any;
  record.op = op;
  record.count = in.count;
  record.site = site;
  if (!options.algorithm.empty())
    record.algorithm = static_cast<std::uint8_t>(
        1 + (&find_all_reduce(options.algorithm, who) - all_reduce_table().data()));
  const Places places = places_of(communicator, in, out, options.algorithm);
  record.memory = places.key;
  begin(communicator, work.call, {options.stream, options.label});
  require_reducible(communicator, who, in.dtype, op);
  if (!in.data || !out.data || out.count != in.count || out.dtype != in.dtype ||
      out.device != in.device || in.count > most_elements) {
    require_block(communicator, who, "the input", in, in.count, in, "as the caller says");
    require_block(communicator, who, "the result", out, in.count, in, "as the input");
  }
  require_apart(communicator, who, in, out);
  const int ranks = communicator.state().size;
  if (ranks > 1 && in.count > 0)
    work.row =
        &row_for(communicator, problem_of(communicator, in, op, options.order, places.symmetric),
                 options.algorithm);
  work.op = op.for_ranks(ranks);
  return work;
}

void reduce_alone(Block in, Block out, const ReduceOp& op, const Stream& stream) {
  reduce_blocks({&in, 1}, 0, out, op, stream);
}

}  // namespace

void all_reduce(Communicator& communicator, Block in, Block out, ReduceOp op,
                const AllReduceOptions& options, std::source_location site) {
  const Prepared work = prepare(communicator, in, out, op, options, site);
  run_call(communicator, work.call, [&](Communicator& self, const Stream& stream) {
    if (work.row)
      work.row->run(self, in, out, work.op, stream);
    else
      reduce_alone(in, out, work.op, stream);
  });
}

Work all_reduce_async(Communicator& communicator, Block in, Block out, ReduceOp op,
                      const AllReduceOptions& options, std::source_location site) {
  const Prepared work = prepare(communicator, in, out, op, options, site);
  return start_call(communicator, work.call,
                    [row = work.row, in, out, op = work.op](Communicator& self, const Stream& s) {
                      if (row)
                        row->run(self, in, out, op, s);
                      else
                        reduce_alone(in, out, op, s);
                    });
}

Work all_reduce_async(Communicator& communicator, Block data, ReduceOp op,
                      const AllReduceOptions& options, std::source_location site) {
  return all_reduce_async(communicator, data, data, op, options, site);
}

const Algorithm* all_reduce_choice(const Communicator& communicator, Block in, Block out,
                                   ReduceOp op, const AllReduceOptions& options) {
  if (communicator.size() == 1 || in.count == 0) return nullptr;
  const Places places = places_of(communicator, in, out, options.algorithm);
  return &row_for(communicator, problem_of(communicator, in, op, options.order, places.symmetric),
                  options.algorithm);
}

}  // namespace tutti
