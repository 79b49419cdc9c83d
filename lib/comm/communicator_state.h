// What the handles on a communicator share.
#pragma once

#include <atomic>

#include "comm/node/node.h"
#include "comm/work_queue.h"
#include "tutti/comm/all_reduce/algorithm.h"
#include "tutti/comm/communicator.h"

namespace tutti {

/// What was found for problems lately: finding it costs more than a small call.
template <class Value>
class ProblemCache {
 public:
  template <class Find>
  const Value& find(const Problem& problem, Find find_anew) {
    const std::uint64_t kinds = static_cast<std::uint64_t>(problem.dtype) |
                                static_cast<std::uint64_t>(problem.order) << 8 |
                                static_cast<std::uint64_t>(problem.memory) << 16 |
                                static_cast<std::uint64_t>(problem.device) << 24;
    Entry& entry = entries_[(problem.count ^ problem.count >> 12 ^ kinds) % std::size(entries_)];
    if (!entry.known || entry.count != problem.count || entry.kinds != kinds)
      entry = {true, problem.count, kinds, find_anew()};
    return entry.value;
  }

 private:
  struct Entry {
    bool known = false;
    std::size_t count = 0;
    std::uint64_t kinds = 0;
    Value value{};
  };
  Entry entries_[64];
};

struct Communicator::State {
  State(std::shared_ptr<Transport> t, Device d);

  /// Numbers a call, and notes it where peers look. A text in `label` is for messages.
  void number(CallRecord& call, const CallLabel& label = {}) {
    call.sequence = calls.load(std::memory_order_relaxed) + 1;
    calls.store(call.sequence, std::memory_order_relaxed);
    if (node) node->log(call, label);
  }
  void enter(const CallRecord& call) {
    if (node)
      node->enter(call);
    else
      transport->enter(call);
  }

  /// Says that it has returned.
  void leave() {
    if (node)
      node->leave();
    else
      transport->leave();
  }

  std::shared_ptr<Transport> transport;
  NodeMemory* node;
  int rank, size;
  Device cpu;
  Device device;
  Layout layout;
  CostModel cost_model = default_cost_model();
  ProblemCache<const Algorithm*> choices;
  bool compares_lines = false;  ///< TUTTI_STRICT; the same on all ranks
  std::atomic<std::uint64_t> calls = 0;
  // Of hierarchical: one rank a node, and how many elements of a slice pass the network at a time.
  std::unique_ptr<Communicator> across;
  ProblemCache<std::size_t> segments;
  WorkQueue queue;  // last: its thread uses the others
};

}  // namespace tutti
