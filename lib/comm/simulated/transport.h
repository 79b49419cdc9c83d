// Messages in virtual time.
#pragma once

#include "comm/simulated/world.h"

namespace tutti {

class SimulatedTransport : public Transport {
 public:
  SimulatedTransport(std::shared_ptr<SimulatedWorld> world, SimulatedPlace place)
      : world_(std::move(world)), place_(std::move(place)), self_(member(place_.rank)) {}

  std::string_view name() const override { return "simulated"; }
  int rank() const override { return place_.rank; }
  int size() const override { return static_cast<int>(place_.group->members.size()); }
  std::span<const Position> positions() const override { return place_.group->positions; }
  bool threads_allowed() const override { return false; }

  void exchange(std::span<const Transfer> transfers, const Stream&) override {
    transfers_.assign(transfers.begin(), transfers.end());
    for (Transfer& transfer : transfers_) transfer.peer = member(transfer.peer);
    world_->exchange(self_, place_.group->channel, transfers_);
  }
  void enter(const CallRecord& call) override { world_->enter(self_, call); }
  void leave() override {}
  void look() override { world_->look(self_); }
  void post(const Post& post) override { world_->post(post); }
  void cancel() noexcept override {}  // nobody else can wait in it

  std::shared_ptr<Transport> split(int colour, int key) override {
    return std::make_shared<SimulatedTransport>(world_,
                                                world_->split(place_, splits_++, colour, key));
  }

  double seconds() const { return tutti::seconds(world_->now()); }

 private:
  int member(int rank) const { return place_.group->members[static_cast<std::size_t>(rank)]; }

  std::shared_ptr<SimulatedWorld> world_;
  SimulatedPlace place_;
  int self_;
  int splits_ = 0;
  std::vector<Transfer> transfers_;  ///< with ranks of the simulation
};

}  // namespace tutti
