#include "tutti/comm/communicator.h"

#include <atomic>

#include "comm/work_queue.h"

namespace tutti {

struct Communicator::State {
  State(std::shared_ptr<Transport> t, Device d)
      : transport(std::move(t)), device(std::move(d)), queue(*transport) {}

  std::shared_ptr<Transport> transport;
  Device cpu;
  Device device;
  std::atomic<std::uint64_t> calls = 0;
  WorkQueue queue;  // last: its thread uses the others
};

Communicator::Communicator(std::shared_ptr<Transport> transport)
    : Communicator(std::move(transport), Device::cpu()) {}

Communicator::Communicator(std::shared_ptr<Transport> transport, Device device)
    : state_(std::make_shared<State>(std::move(transport), std::move(device))) {}

Communicator::Communicator(std::shared_ptr<State> state) : state_(std::move(state)) {}

int Communicator::rank() const {
  return transport().rank();
}
int Communicator::size() const {
  return transport().size();
}
int Communicator::local_rank() const {
  return transport().position().local_rank;
}
int Communicator::local_size() const {
  return transport().position().local_size;
}

Communicator Communicator::duplicate() const {
  std::shared_ptr<Transport> copy;
  queue().run([&] { copy = transport().duplicate(); });
  return Communicator(std::move(copy), state_->device);
}

std::uint64_t Communicator::calls() const {
  return state_->calls;
}
std::string Communicator::label(std::string_view call) const {
  return text(call, " #", calls(), ", rank ", rank(), " of ", size());
}

void Communicator::begin_call() const {
  ++state_->calls;
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
