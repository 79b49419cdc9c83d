#include "comm/node/node_transport.h"

#include <algorithm>

#include "comm/meet_all.h"
#include "comm/staging.h"

namespace tutti {
namespace {

// While a communicator is made there is no call whose ranks could be named.
PollingTransport& with_deadline(PollingTransport& wires) {
  wires.set_guard([&wires, limit = wait_limit()](auto waited) {
    if (waited < limit) return;
    raise("rank ", wires.rank(), " of ", wires.size(), ": making a communicator has waited for ",
          std::chrono::duration<double>(limit).count(),
          " s (TUTTI_TIMEOUT) for other ranks; all ranks must make it");
  });
  return wires;
}

}  // namespace

NodeTransport::NodeTransport(std::shared_ptr<PollingTransport> wires,
                             std::shared_ptr<Processes> processes)
    : wires_(std::move(wires)),
      node_(NodeMemory::make(with_deadline(*wires_), std::move(processes))),
      greeted_(static_cast<std::size_t>(wires_->size())),
      heard_(static_cast<std::size_t>(wires_->size())) {
  name_ = wires_->name();
  if (node_->members() == wires_->size() && wires_->size() > 1)
    name_ = "shm";
  else if (node_->members() > 1)
    name_ += "+shm";
  wires_->set_guard([node = node_.get()](auto waited) {
    node->look();
    node->watch().check_deadline(waited);
  });
}

std::shared_ptr<Transport> NodeTransport::split(int colour, int key) {
  auto wires = std::dynamic_pointer_cast<PollingTransport>(wires_->split(colour, key));
  return std::make_shared<NodeTransport>(std::move(wires), node_->watch().processes());
}

// For communicators over NCCL, which do not reach the node's memory when calls are numbered.
void NodeTransport::enter(const CallRecord& call) {
  if (call.sequence > node_->own().log.last()) node_->log(call);
  node_->enter(call);
}

void NodeTransport::exchange(std::span<const Transfer> transfers, const Stream& stream) {
  Staging staging(host_, stream);
  std::vector<Transfer> staged;
  const bool on_host = std::ranges::all_of(
      transfers, [](const Transfer& t) { return t.block.device.kind == DeviceKind::cpu; });
  if (!on_host) {
    staged.assign(transfers.begin(), transfers.end());
    for (std::size_t i = 0; i < staged.size(); ++i) {
      staged[i].block = staging.room_for(transfers[i].block);
      if (staged[i].kind == Transfer::Kind::send) staging.load(staged[i].block, transfers[i].block);
    }
    staging.synchronize();
  }
  const std::span<const Transfer> moving = on_host ? transfers : staged;

  local_.clear();
  remote_.clear();
  greetings_used_ = 0;
  const int me = node_->me();
  for (const Transfer& transfer : moving) {
    const int member = node_->member_of(transfer.peer);
    const bool sends = transfer.kind == Transfer::Kind::send;
    if (member >= 0) {
      local_.emplace_back(*node_, sends ? node_->ring(me, member) : node_->ring(member, me),
                          transfer, member);
    } else {
      start_remote(transfer);
    }
  }
  const bool remote = !remote_.empty();
  try {
    if (remote) wires_->start(remote_);
    bool remote_done = !remote;
    const auto advance = [&] {
      const bool local_done = advance_local();
      if (!remote_done) {
        remote_done = wires_->advance();
        check_greetings();  // before the other messages, which may never come
      }
      return local_done && remote_done;
    };
    bool done = advance();
    while (!done && node_->beside && (*node_->beside)()) done = advance();
    if (!done) node_->wait(advance, remote);
    for (std::size_t i = 0; i < greetings_used_; ++i) {
      const auto& [transfer, greeting] = greetings_[i];
      if (transfer.kind == Transfer::Kind::receive) greeting->copy_to(transfer.block);
    }
  } catch (...) {
    if (remote) wires_->abandon();
    check_greetings();  // the better message, if there is one
    throw;
  }
  if (on_host) return;
  for (std::size_t i = 0; i < staged.size(); ++i)
    if (staged[i].kind == Transfer::Kind::receive)
      staging.store(transfers[i].block, staged[i].block);
  staging.synchronize();
}

// Messages between the same two ranks pass one after the other, all others side by side.
bool NodeTransport::advance_local() {
  node_->awaited.clear();
  bool done = true;
  for (RingMessage& message : local_) {
    auto awaited = node_->awaited.of(message.member(), message.sends());
    if (awaited || message.advance()) continue;
    awaited = true;
    done = false;
  }
  return done;
}

// Whether the other rank of the transfer has not heard of the running call yet.
bool NodeTransport::greets(const Transfer& transfer) {
  std::uint64_t& last =
      (transfer.kind == Transfer::Kind::send ? greeted_
                                             : heard_)[static_cast<std::size_t>(transfer.peer)];
  const std::uint64_t flag = node_->flag();
  const bool numbered = flag >> 32 != 0;  // other messages have no call to share a greeting with
  if (last == flag && numbered) return false;
  last = flag;
  return true;
}

void NodeTransport::start_remote(const Transfer& transfer) {
  if (!greets(transfer)) return remote_.push_back({transfer});
  if (greetings_used_ == greetings_.size())
    greetings_.push_back({transfer, std::make_unique<Greeting>()});
  Greeted& greeted = greetings_[greetings_used_++];
  greeted.transfer = transfer;
  Greeting& greeting = *greeted.greeting;
  if (transfer.kind == Transfer::Kind::receive)
    remote_.push_back(greeting.to_receive(transfer.peer));
  else
    remote_.push_back(greeting.to_send(head_of_running(), transfer));
  const Block rest = Greeting::rest_of(transfer.block);
  if (rest.count > 0) remote_.push_back({{transfer.kind, transfer.peer, rest}});
}

const Greeting::Head& NodeTransport::head_of_running() {
  const std::uint64_t flag = node_->flag();
  const bool numbered = flag >> 32 != 0;
  if (head_flag_ == flag && numbered) return head_;
  head_ = Greeting::Head(*node_->running(), node_->watch().site_of_running());
  head_flag_ = flag;
  return head_;
}

void NodeTransport::check_greetings() {
  for (std::size_t i = 0; i < greetings_used_; ++i) {
    const auto& [transfer, greeting] = greetings_[i];
    const Greeting::Came came = greeting->look();
    if (came == Greeting::Came::nothing) continue;
    if (came == Greeting::Came::something_else)
      raise("rank ", rank(), " of ", size(), ": found a message of rank ", transfer.peer,
            " that does not say which call it is of, in ", *node_->running(), " at ",
            node_->watch().site_of_running(), "; all ranks must run the same version of Tutti");
    const Greeting::Head& head = greeting->head();
    CallRecord theirs = head.call();
    if (theirs.collective == Collective::send) theirs.to = rank();
    if (flag_of(theirs) != node_->flag())
      node_->watch().raise_mismatch(transfer.peer, theirs, head.site());
    if (head.bytes != transfer.block.bytes())
      node_->watch().raise_other_size(transfer.peer, head.bytes, transfer.block.bytes());
  }
}

// MPI would take calls that differ for one, and give wrong data or end the process.
void NodeTransport::vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) {
  meet_all(*this);
  wires_->vendor_all_reduce(data, op, stream);
}

}  // namespace tutti
