#include "comm/node/greeting.h"
#include "comm/node/node.h"
#include "comm/node/watch.h"

namespace tutti {

// Ranks of different nodes hear of each other's call by the messages that belong to it. Where two
// wait for each other, or for a third, no message comes that could tell: so who has waited too long
// says in what.
void Watch::announce_stall() {
  announced_ = true;
  wires_.announce(Greeting::Head(*node_.running(), site_of_running()).alone());
}

void Watch::look_for_stalled(bool stalled_too) {
  const std::span<const std::string> announced = wires_.announced();
  if (announced.empty()) return;
  const CallRecord& running = *node_.running();
  for (int rank = 0; rank < wires_.size(); ++rank) {
    if (node_.member_of(rank) >= 0) continue;
    const std::string& bytes = announced[static_cast<std::size_t>(rank)];
    const auto head = Greeting::head_of(std::as_bytes(std::span(bytes)));
    if (!head) continue;
    const CallRecord theirs = head->call();
    if (theirs.collective == Collective::send) {
      const bool waits_for_this = theirs.from == wires_.rank();
      if (stalled_too && waits_for_this && running.collective != Collective::send)
        raise_mismatch(rank, theirs, head->site());
      continue;
    }
    CallRecord mine;
    std::uint32_t site = 0;
    const CallLog& log = node_.own().log;
    if (log.read(theirs.sequence, mine, site) && fingerprint(mine) != fingerprint(theirs))
      raise_mismatch(rank, theirs, head->site(), mine, log.site(site));
    const bool comes_later = theirs.sequence > log.last();
    if (stalled_too && comes_later && running.collective == Collective::send && wires_.awaits(rank))
      raise_mismatch(rank, theirs, head->site());
  }
}

}  // namespace tutti
