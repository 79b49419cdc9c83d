#include "comm/simulated/world.h"

#include <algorithm>
#include <numeric>

#include "comm/polling_transport.h"
#include "comm/simulated/interpolate.h"

namespace tutti {

SimulatedWorld::SimulatedWorld(const Topology& topology, int ranks, Payload payload)
    : network_(topology, ranks),
      scratch_(std::make_shared<ScratchMemory>(payload)),
      device_(scratch_device(scratch_)),
      overhead_(picoseconds(topology.overhead)),
      call_(picoseconds(topology.call)),
      reduction_(topology.reduction),
      combining_(topology.combining),
      mail_(topology, network_, payload, events_,
            [this](int rank, Picoseconds at, Block arrived) { transfer_done(rank, at, arrived); }),
      ranks_(static_cast<std::size_t>(ranks)) {
  auto all = std::make_shared<SimulatedGroup>();
  all->members.resize(ranks_.size());
  std::iota(all->members.begin(), all->members.end(), 0);
  all->positions = network_.positions();
  group_ = std::move(all);
}

void SimulatedWorld::run(const std::function<void(int)>& body) {
  for (int rank = 0; rank < static_cast<int>(ranks_.size()); ++rank) {
    ranks_[rank].fiber = std::make_unique<Fiber>([&body, rank] { body(rank); });
    events_.add(0, {SimulatedEvent::Kind::rank_goes_on, rank});
  }
  do {
    while (!events_.empty()) {
      now_ = events_.next_time();
      while (!events_.empty() && events_.next_time() == now_) handle(events_.pop());
      mail_.settle(now_);
    }
  } while (find_stuck());
}

void SimulatedWorld::handle(const SimulatedEvent& event) {
  if (event.kind == SimulatedEvent::Kind::rank_goes_on) {
    Rank& rank = ranks_[event.index];
    if (rank.fiber->ended()) return;
    rank.waits = Waits::no;
    return rank.fiber->resume();
  }
  if (failure_) return;  // blocks of ranks that gave up are gone
  if (event.kind == SimulatedEvent::Kind::message_leaves)
    mail_.leave(event.index, now_);
  else
    mail_.end_flow(event.index, event.version, now_);
}

void SimulatedWorld::enter(int rank, const CallRecord& call) {
  look(rank);
  ranks_[rank].call = call;
  if (call_ == 0) return;
  events_.add(now_ + call_, {SimulatedEvent::Kind::rank_goes_on, rank});
  wait(rank, Waits::for_time);
}

void SimulatedWorld::exchange(int rank, int channel, std::span<const Transfer> transfers) {
  look(rank);
  Rank& self = ranks_[rank];
  auto moves = [](const Transfer& transfer) { return transfer.block.count > 0; };
  self.missing = static_cast<int>(std::ranges::count_if(transfers, moves));
  if (self.missing == 0) return;
  self.ready = now_;
  self.to_combine = 0;
  Picoseconds at = now_;
  try {
    for (const Transfer& transfer : transfers)
      if (moves(transfer)) mail_.post(rank, channel, transfer, at += overhead_);
  } catch (const Error& e) {
    post({Post::Kind::failed, rank, e.what()});  // what was started can no longer be received
    throw;
  }
  if (self.missing == 0) go_on_when_ready(rank);
  wait(rank, Waits::for_messages);
}

void SimulatedWorld::transfer_done(int number, Picoseconds at, Block arrived) {
  Rank& rank = ranks_[number];
  rank.ready = std::max(rank.ready, at);
  if (scratch_->contains(arrived.data)) rank.to_combine += arrived.bytes();
  if (--rank.missing == 0 && rank.waits == Waits::for_messages) go_on_when_ready(number);
}

Picoseconds SimulatedWorld::time_to_combine(std::size_t bytes) const {
  const auto size = static_cast<double>(bytes);
  if (combining_.empty()) return picoseconds(size / reduction_);
  return picoseconds(interpolate(combining_, &Topology::Combining::seconds, size));
}

void SimulatedWorld::go_on_when_ready(int number) {
  const Rank& rank = ranks_[number];
  events_.add(rank.ready + time_to_combine(rank.to_combine),
              {SimulatedEvent::Kind::rank_goes_on, number});
}

void SimulatedWorld::wait(int rank, Waits what) {
  ranks_[rank].waits = what;
  ranks_[rank].fiber->pause();
  look(rank);
}

void SimulatedWorld::look(int rank) const {
  if (!failure_) return;
  if (failure_->origin == rank) raise(failure_->message);
  throw PeerFailed(text("rank ", rank, " of ", ranks_.size(), " stops because rank ",
                        failure_->origin, " failed: ", failure_->message),
                   failure_->origin, failure_->message);
}

void SimulatedWorld::post(const Post& post) {
  if (post.kind != Post::Kind::failed || failure_) return;
  failure_ = post;
  for (int rank = 0; rank < static_cast<int>(ranks_.size()); ++rank)
    if (ranks_[rank].waits != Waits::no)
      events_.add(now_, {SimulatedEvent::Kind::rank_goes_on, rank});
}

// Called when nothing more will happen. Fails the first rank that still waits.
bool SimulatedWorld::find_stuck() {
  for (int rank = 0; rank < static_cast<int>(ranks_.size()); ++rank) {
    if (ranks_[rank].waits == Waits::no) continue;
    post({Post::Kind::failed, rank,
          text("rank ", rank, " of ", ranks_.size(), " waits for ever for ", reason(rank),
               "; all ranks must make the same calls")});
    return true;
  }
  return false;
}

std::string SimulatedWorld::reason(int rank) const {
  if (ranks_[rank].waits == Waits::for_split) return "other ranks to split";
  const Transfer transfer = *mail_.unmatched(rank);
  const bool sends = transfer.kind == Transfer::Kind::send;
  std::string found = text("rank ", transfer.peer, sends ? " to receive " : " to send ",
                           transfer.block.bytes(), " bytes in ", ranks_[rank].call);
  const Rank& peer = ranks_[transfer.peer];
  if (peer.fiber->ended()) return found + ", but that one has already returned";
  return text(found, ", but that one waits in ", peer.call);
}

SimulatedPlace SimulatedWorld::split(const SimulatedPlace& place, int number, int colour, int key) {
  const int self = place.group->members[place.rank];
  look(self);
  Split& split = splits_[{place.group->channel, number}];
  split.wishes[place.rank] = {colour, key};
  if (split.wishes.size() < place.group->members.size()) {
    wait(self, Waits::for_split);
  } else {
    form_groups(*place.group, split);
    for (int member : place.group->members)
      if (member != self) events_.add(now_, {SimulatedEvent::Kind::rank_goes_on, member});
  }
  SimulatedPlace mine = split.places.at(place.rank);
  split.places.erase(place.rank);
  if (split.places.empty()) splits_.erase({place.group->channel, number});
  return mine;
}

void SimulatedWorld::form_groups(const SimulatedGroup& group, Split& split) {
  std::map<int, std::vector<std::pair<int, int>>> colours;  // key and rank here
  for (const auto& [rank, wish] : split.wishes) colours[wish.first].emplace_back(wish.second, rank);
  for (auto& [colour, members] : colours) {
    std::ranges::sort(members);
    auto made = std::make_shared<SimulatedGroup>();
    made->channel = channels_++;
    std::vector<int> places;
    for (const auto& [key, rank] : members) {
      places.push_back(rank);
      made->members.push_back(group.members[rank]);
    }
    made->positions = positions_among(group.positions, places);
    for (int k = 0; k < static_cast<int>(places.size()); ++k) split.places[places[k]] = {made, k};
  }
}

}  // namespace tutti
