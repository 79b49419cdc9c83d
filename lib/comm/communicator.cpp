#include "tutti/comm/communicator.h"

#include <algorithm>

#include "comm/call.h"
#include "comm/meet_all.h"

namespace tutti {
namespace {

Layout layout_of(const Transport& transport) {
  const auto positions = transport.positions();
  Layout layout;
  layout.shared = transport.node() && transport.node()->shared();
  layout.vendor = transport.has_vendor();
  layout.cross_memory = layout.shared && transport.node()->cross_memory();
  layout.contiguous = true;
  layout.per_node = positions[0].local_size;
  for (std::size_t rank = 0; rank < positions.size(); ++rank) {
    layout.nodes = std::max(layout.nodes, positions[rank].node + 1);
    if (positions[rank].local_size != layout.per_node) layout.per_node = 0;
    if (rank > 0 && positions[rank].node < positions[rank - 1].node) layout.contiguous = false;
  }
  return layout;
}

}  // namespace

Communicator::State::State(std::shared_ptr<Transport> t, Device d)
    : transport(std::move(t)),
      node(transport->node()),
      rank(transport->rank()),
      size(transport->size()),
      cpu(d.is_cpu() ? d : Device()),
      device(std::move(d)),
      layout(layout_of(*transport)),
      queue(*transport) {}

Communicator::Communicator(std::shared_ptr<Transport> transport)
    : Communicator(std::move(transport), Device()) {}

Communicator::Communicator(std::shared_ptr<Transport> transport, Device device)
    : state_(std::make_shared<State>(std::move(transport), std::move(device))) {}

Communicator::Communicator(std::shared_ptr<State> state) : state_(std::move(state)) {}

int Communicator::rank() const {
  return state_->rank;
}
int Communicator::size() const {
  return state_->size;
}
int Communicator::local_rank() const {
  return transport().position().local_rank;
}
int Communicator::local_size() const {
  return transport().position().local_size;
}

Communicator Communicator::duplicate(std::source_location site) const {
  return split(0, rank(), site);
}

Communicator Communicator::split(int colour, int key, std::source_location site) const {
  CallRecord call{.collective = Collective::split, .site = site};
  if (compares_lines()) call.line = hash_of_line(site);
  state_->number(call);
  if (colour < 0) raise(label("split"), ": found colour ", colour, ", expected 0 or more");
  std::shared_ptr<Transport> group;
  queue().run([&] {
    state_->enter(call);
    meet_all(transport());
    group = transport().split(colour, key);
    state_->leave();
  });
  const Device& device = state_->device;  // its stream is for one queue
  Communicator made(std::move(group), device.is_cpu() ? device : Device::cuda(device.id().index));
  made.set_cost_model(cost_model());
  made.compare_lines(compares_lines());
  return made;
}

std::uint64_t Communicator::calls() const {
  return state_->calls.load(std::memory_order_relaxed);
}
std::string Communicator::label(std::string_view call) const {
  CallRecord last;
  std::uint32_t site = 0;
  const CallLog* log = state_->node ? &state_->node->own().log : nullptr;
  const bool known = log && log->read(calls(), last, site);
  return text(call, " #", calls(), known ? text(" at ", log->site(site)) : "", ", rank ", rank(),
              " of ", size());
}

const Layout& Communicator::layout() const {
  return state_->layout;
}
const CostModel& Communicator::cost_model() const {
  return state_->cost_model;
}
void Communicator::set_cost_model(const CostModel& model) const {
  state_->cost_model = model;
  state_->choices = {};
  state_->segments = {};
  state_->across.reset();
}
bool Communicator::compares_lines() const {
  return state_->compares_lines;
}
void Communicator::compare_lines(bool compare) const {
  state_->compares_lines = compare;
}
Communicator Communicator::borrowed() const {
  return Communicator(std::shared_ptr<State>(std::shared_ptr<void>(), state_.get()));
}

Transport& Communicator::transport() const {
  return *state_->transport;
}
std::shared_ptr<Transport> Communicator::shared_transport() const {
  return state_->transport;
}

Scratch Communicator::scratch(Block like) const {
  const Device& device = like.device == state_->cpu.id() ? state_->cpu : state_->device;
  Buffer buffer(like.bytes(), device);
  Block block{buffer.data(), like.count, like.dtype, like.device};
  return {std::move(buffer), block};
}

const Stream& Communicator::stream(DeviceId where) const {
  if (where == state_->cpu.id()) return state_->cpu.stream();
  if (where == state_->device.id()) return state_->device.stream();
  raise(label("collective"), ": found a block on ", where, ", expected cpu",
        state_->device.is_cpu() ? "" : text(" or ", state_->device.id()),
        "; make a communicator for that device by with_device(communicator, device)");
}

WorkQueue& Communicator::queue() const {
  return state_->queue;
}

}  // namespace tutti
