#include "tutti/comm/all_reduce/hierarchical.h"

#include <bit>

#include "comm/communicator_state.h"
#include "comm/node/slices.h"
#include "comm/reduce_many.h"
#include "comm/subset_transport.h"
#include "tutti/comm/all_reduce/table.h"

namespace tutti::algorithms {
namespace {

// The ranks of the same local number, one a node.
Communicator& ranks_across(Communicator& communicator) {
  auto& across = communicator.state().across;
  if (across) return *across;
  const auto positions = communicator.transport().positions();
  std::vector<int> members;
  for (std::size_t rank = 0; rank < positions.size(); ++rank)
    if (positions[rank].local_rank == communicator.local_rank())
      members.push_back(static_cast<int>(rank));
  across = std::make_unique<Communicator>(
      std::make_shared<SubsetTransport>(communicator.transport(), std::move(members)));
  return *across;
}

// What a rank has to do among nodes.
Problem between_nodes(int nodes, std::size_t count, Dtype dtype, ReduceOp op) {
  return {nodes, count, accumulator_of(dtype), op, Order::canonical};
}
// What the rank with the longest slice has to do.
Problem between_nodes(const Problem& whole) {
  return between_nodes(whole.layout.nodes,
                       longest_slice(whole.count, whole.dtype, whole.layout.per_node), whole.dtype,
                       whole.op);
}

const Algorithm& algorithm_between(const Problem& problem, const CostModel& model) {
  CostModel unforced = model;
  unforced.forced = -1;
  return choose_all_reduce(problem, unforced);
}

}  // namespace

void hierarchical_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                             const ReduceOp& op, const Stream& stream) {
  NodeMemory& node = *communicator.state().node;
  // Places are used where the ranks have compared them.
  const bool symmetric = node.running()->memory != 0;
  const auto place_of = [&](Block b) {
    return symmetric ? node.place(b.data, b.bytes()) : SymmetricPlace{};
  };
  const SymmetricPlace from = place_of(in);
  const SymmetricPlace to = in.data == out.data ? from : place_of(out);
  const Block mine = slice_of(in, node.me(), node.members());
  const Scratch sums =
      communicator.scratch({nullptr, mine.count, accumulator_of(in.dtype), in.device});
  reduce_slices(node, in, from, sums.block, op.kind);
  Communicator& across = ranks_across(communicator);
  if (mine.count > 0) {
    const Problem problem = between_nodes(across.size(), mine.count, in.dtype, op);
    const Algorithm& row = algorithm_between(problem, communicator.cost_model());
    row.run(across, sums.block, sums.block, op, stream);
  }
  gather_slices(node, sums.block, out, to);
}

bool hierarchical_fits(const Problem& problem) {
  return problem.layout.shared && problem.layout.nodes > 1 && problem.layout.per_node > 1 &&
         problem.device == DeviceKind::cpu;
}

bool hierarchical_is_canonical(const Problem& problem) {
  return problem.layout.contiguous &&
         std::has_single_bit(static_cast<unsigned>(problem.layout.per_node));
}

int hierarchical_steps(const Problem& problem) {
  const Problem between = between_nodes(problem);
  return algorithm_between(between, default_cost_model()).steps(between);
}

std::size_t hierarchical_bytes(const Problem& problem) {
  const Problem between = between_nodes(problem);
  return algorithm_between(between, default_cost_model()).bytes(between);
}

std::size_t hierarchical_rounds(const Problem& problem) {
  return longest_slice(problem.count, problem.dtype, problem.layout.per_node);
}

double hierarchical_beside(const Problem& problem, const CostModel& model) {
  const Medium medium = problem.memory == Memory::symmetric ? Medium::symmetric : Medium::rooms;
  return model[medium].seconds(3, 2 * problem.bytes());
}

}  // namespace tutti::algorithms
