// What will happen, in the order of virtual time.
#pragma once

#include <queue>
#include <utility>
#include <vector>

#include "comm/simulated/clock.h"

namespace tutti {

struct SimulatedEvent {
  enum class Kind : std::uint8_t { rank_goes_on, message_leaves, flow_ends };
  Kind kind;
  int index;  ///< of the rank, the message, the flow
  std::uint64_t version = 0;
};

/// Events at the same time come in the order in which they were added.
class Events {
 public:
  void add(Picoseconds at, SimulatedEvent event) { queue_.push({at, added_++, event}); }
  bool empty() const { return queue_.empty(); }
  Picoseconds next_time() const { return queue_.top().at; }
  SimulatedEvent pop() {
    SimulatedEvent event = queue_.top().event;
    queue_.pop();
    return event;
  }

 private:
  struct Entry {
    Picoseconds at;
    std::uint64_t order;
    SimulatedEvent event;
    bool operator<(const Entry& other) const {
      return std::pair(at, order) > std::pair(other.at, other.order);
    }
  };
  std::priority_queue<Entry> queue_;
  std::uint64_t added_ = 0;
};

}  // namespace tutti
