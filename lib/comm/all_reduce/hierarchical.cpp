#include "tutti/comm/all_reduce/hierarchical.h"

#include <algorithm>
#include <bit>

#include "comm/communicator_state.h"
#include "comm/node/slices.h"
#include "comm/node/symmetric_slices.h"
#include "comm/reduce_many.h"
#include "comm/subset_transport.h"
#include "tutti/comm/all_reduce/table.h"

namespace tutti::algorithms {
namespace {

// The algorithm that is forced is this one.
CostModel unforced(CostModel model) {
  model.forced = -1;
  return model;
}

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
  across->set_cost_model(unforced(communicator.cost_model()));
  return *across;
}

// What the ranks of one local number have to do, with `count` elements of the slice.
Problem between_nodes(const Problem& whole, std::size_t count) {
  return {whole.layout.nodes, count, accumulator_of(whole.dtype), whole.op, Order::canonical};
}
std::size_t longest_slice(const Problem& whole) {
  return longest_slice(whole.count, whole.dtype, whole.layout.per_node);
}

double seconds_between(const Problem& problem, const CostModel& model) {
  return all_reduce_seconds(choose_all_reduce(problem, model), problem, model);
}

// How slices pass the network.
struct Segments {
  std::size_t elements;  // of each, but for the last of a slice
  double seconds;        // that the call takes
};

// While a segment is on its way, a node whose memory is symmetric reduces the next and hands out
// the one before; so the network waits for the first alone, and the caller for the last.
Segments segments_of(const Problem& whole, const CostModel& forced) {
  constexpr std::size_t most = 32, least_bytes = 64 << 10;
  const CostModel model = unforced(forced);
  const std::size_t slice = longest_slice(whole);
  const bool symmetric = whole.memory == Memory::symmetric;
  const double node =
      model[symmetric ? Medium::symmetric : Medium::rooms].seconds(3, 2 * whole.bytes());
  Segments best{slice, node + seconds_between(between_nodes(whole, slice), model)};
  for (std::size_t n = 2; symmetric && n <= most; n *= 2) {
    const Problem segment = between_nodes(whole, (slice + n - 1) / n);
    if (segment.bytes() < least_bytes) break;
    const auto segments = static_cast<double>(n);
    const double network = segments * seconds_between(segment, model);
    const double beside = node - node / segments;
    const double seconds = node - std::min(beside, network) + network;
    if (seconds >= best.seconds) break;
    best = {segment.count, seconds};
  }
  return best;
}

// Sets what exchanges do beside their own, for as long as this lives.
class Beside {
 public:
  Beside(NodeMemory& node, const Condition& work) : node_(node) { node.beside = &work; }
  ~Beside() { node_.beside = nullptr; }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

 private:
  NodeMemory& node_;
};

}  // namespace

void hierarchical_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                             const ReduceOp& op, const Stream& stream) {
  NodeMemory& node = *communicator.state().node;
  // Places are used where the ranks have compared them.
  const auto place_of = [&](Block b) {
    return node.running()->memory != 0 ? node.place(b.data, b.bytes()) : SymmetricPlace{};
  };
  const SymmetricPlace from = place_of(in);
  const SymmetricPlace to = in.data == out.data ? from : place_of(out);
  const bool symmetric = from.area && to.area;
  const Problem whole{communicator.size(),
                      in.count,
                      in.dtype,
                      op,
                      Order::canonical,
                      communicator.layout(),
                      symmetric ? Memory::symmetric : Memory::heap};
  const std::size_t count = slice_of(in, node.me(), node.members()).count;
  const Scratch scratch =
      communicator.scratch({nullptr, count, accumulator_of(in.dtype), in.device});
  const Block sums = scratch.block;
  Communicator& across = ranks_across(communicator);
  const auto pass = [&](Block segment) {
    const Problem problem = between_nodes(whole, segment.count);
    const Algorithm* row = across.state().choices.find(
        problem, [&] { return &choose_all_reduce(problem, across.cost_model()); });
    row->run(across, segment, segment, op, stream);
  };
  node.meet();
  if (!symmetric) {
    reduce_slices(node, in, sums, op.kind);
    if (count > 0) pass(sums);
    return gather_slices(node, sums, out);
  }
  const std::size_t per_segment = communicator.state().segments.find(
      whole, [&] { return segments_of(whole, communicator.cost_model()).elements; });
  SymmetricSlices slices(node, in, from, to, sums, op.kind);
  for (std::size_t begin = 0; begin < count; begin += per_segment) {
    const std::size_t end = std::min(begin + per_segment, count);
    while (slices.go_on(end, 0)) continue;
    auto go_on = [&] { return slices.go_on(std::min(end + per_segment, count), begin); };
    const Condition work(go_on);
    const Beside beside(node, work);
    pass(sums.slice(begin, end));
  }
  while (slices.go_on(count, count)) continue;
  node.meet();
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
  const Problem between = between_nodes(problem, longest_slice(problem));
  return choose_all_reduce(between, default_cost_model()).steps(between);
}

std::size_t hierarchical_bytes(const Problem& problem) {
  const Problem between = between_nodes(problem, longest_slice(problem));
  return choose_all_reduce(between, default_cost_model()).bytes(between);
}

std::size_t hierarchical_rounds(const Problem& problem) {
  return longest_slice(problem);
}

double hierarchical_seconds(const Problem& problem, const CostModel& model) {
  return segments_of(problem, model).seconds;
}

}  // namespace tutti::algorithms
