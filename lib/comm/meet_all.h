// Waiting for everybody, as a part of other calls.
#pragma once

#include "comm/node/node.h"
#include "tutti/comm/transport.h"

namespace tutti {

/// Collective, part of a call: returns when all ranks have called it. Source of the dissemination
/// barrier: Hensgen, Finkel, Manber: "Two algorithms for barrier synchronization", IJPP 17, 1988.
inline void meet_all(Transport& transport) {
  const int rank = transport.rank(), ranks = transport.size();
  NodeMemory* node = transport.node();
  if (node && node->members() == ranks) return node->meet();
  std::uint8_t signal = 0, seen = 0;
  for (int distance = 1; distance < ranks; distance *= 2) {
    const Transfer transfers[] = {
        send_to((rank + distance) % ranks, block_of(&signal, 1)),
        receive_from((rank - distance + ranks) % ranks, block_of(&seen, 1))};
    transport.exchange(transfers, CpuStream{});
  }
}

}  // namespace tutti
