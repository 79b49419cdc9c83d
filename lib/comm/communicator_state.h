// What the handles on a communicator share.
#pragma once

#include <atomic>

#include "comm/node/node.h"
#include "comm/work_queue.h"
#include "tutti/comm/communicator.h"

namespace tutti {

struct Communicator::State {
  State(std::shared_ptr<Transport> t, Device d);

  /// Numbers a call, and notes it where peers look.
  void number(CallRecord& call) {
    call.sequence = calls.load(std::memory_order_relaxed) + 1;
    calls.store(call.sequence, std::memory_order_relaxed);
    if (node) node->log(call);
  }
  void enter(const CallRecord& call) {
    if (node)
      node->enter(call);
    else
      transport->enter(call);
  }

  std::shared_ptr<Transport> transport;
  Node* node;
  Device cpu;
  Device device;
  Layout layout;
  CostModel cost_model;
  std::atomic<std::uint64_t> calls = 0;
  WorkQueue queue;  // last: its thread uses the others
};

}  // namespace tutti
