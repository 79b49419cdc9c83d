// What the ranks of one simulation share: the clock, their fibers, and how they ended.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fiber.h"
#include "comm/simulated/group.h"
#include "comm/simulated/mail.h"
#include "comm/simulated/scratch_memory.h"
#include "tutti/comm/call_record.h"
#include "tutti/comm/simulated.h"

namespace tutti {

/// Ranks are those of the whole simulation.
class SimulatedWorld {
 public:
  SimulatedWorld(const Topology& topology, int ranks, Payload payload);

  /// Runs body(rank), which must not throw, on a fiber for every rank until all have ended.
  void run(const std::function<void(int)>& body);

  const std::shared_ptr<const SimulatedGroup>& group() const { return group_; }
  const Device& device() const { return device_; }
  Picoseconds now() const { return now_; }
  Simulated outcome() const { return {seconds(now_), mail_.messages(), mail_.bytes()}; }

  // From a rank's body.
  void exchange(int rank, int channel, std::span<const Transfer> transfers);
  void enter(int rank, const CallRecord& call);
  void look(int rank) const;
  void post(const Post& post);
  SimulatedPlace split(const SimulatedPlace& place, int number, int colour, int key);

 private:
  enum class Waits : std::uint8_t { no, for_time, for_messages, for_split };
  struct Rank {
    std::unique_ptr<Fiber> fiber;
    CallRecord call;
    Waits waits = Waits::no;
    int missing = 0;             ///< transfers of its exchange that are not over
    Picoseconds ready = 0;       ///< when those that are were
    std::size_t to_combine = 0;  ///< bytes
  };
  struct Split {
    std::map<int, std::pair<int, int>> wishes;  ///< by rank in the group: colour and key
    std::map<int, SimulatedPlace> places;       ///< in the new groups, by the same
  };

  void transfer_done(int rank, Picoseconds at, Block arrived);
  Picoseconds time_to_combine(std::size_t bytes) const;
  void go_on_when_ready(int rank);
  void wait(int rank, Waits what);
  void handle(const SimulatedEvent& event);
  bool find_stuck();
  std::string reason(int rank) const;
  void form_groups(const SimulatedGroup& group, Split& split);

  Network network_;
  std::shared_ptr<ScratchMemory> scratch_;
  Device device_;
  std::shared_ptr<const SimulatedGroup> group_;
  Picoseconds overhead_;
  Picoseconds call_;
  double reduction_;
  std::vector<Topology::Combining> combining_;
  Events events_;
  Mail mail_;
  std::vector<Rank> ranks_;
  std::map<std::pair<int, int>, Split> splits_;  ///< by channel and number
  int channels_ = 1;
  std::optional<Post> failure_;
  Picoseconds now_ = 0;
};

}  // namespace tutti
