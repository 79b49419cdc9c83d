// What is found when a node's ranks have left a communicator, though no wait noticed it.
#include "comm/node/node.h"
#include "comm/node/ring.h"

#include <utility>

namespace tutti {

// Nothing waits here: whoever leaves last sees what all others have done.
void NodeMemory::leave(bool failed) noexcept {
  if (!watch_ || members() == 1 || std::exchange(has_left_, true)) return;
  const std::uint64_t entered = own().entered.word.load(std::memory_order_relaxed);
  if (failed || entered > own().done.word.load(std::memory_order_relaxed))
    own().failed.store(true, std::memory_order_relaxed);
  const std::uint32_t others = left_->fetch_add(1, std::memory_order_acq_rel);
  if (static_cast<int>(others) + 1 < members()) return;
  for (const Board* board : boards_)
    if (board->failed.load(std::memory_order_relaxed)) return;
  if (const std::string found = left_behind(); !found.empty()) wires_.note(found);
}

std::string NodeMemory::left_behind() {
  const CallLog& mine = own().log;
  for (int member = 0; member < members(); ++member) {
    const CallLog& log = board(member).log;
    const std::uint64_t last = std::min(log.last(), mine.last());
    for (std::uint64_t s = last > CallLog::kept ? last - CallLog::kept + 1 : 1; s <= last; ++s) {
      CallRecord ours, theirs;
      std::uint32_t our_site, their_site;
      if (!mine.read(s, ours, our_site) || !log.read(s, theirs, their_site)) continue;
      if (fingerprint(ours) != fingerprint(theirs))
        return text("rank ", rank_of(me_), " of ", wires_.size(), ": rank ", rank_of(member),
                    " called ", theirs, " at ", log.site(their_site), ", this rank called ", ours,
                    " at ", mine.site(our_site), ". All ranks must ",
                    required_agreement(ours, theirs), ".");
    }
    if (log.last() == mine.last()) continue;
    const bool fewer = mine.last() < log.last();
    const CallLog& longer = fewer ? log : mine;
    CallRecord call;
    std::uint32_t site = 0;
    const std::string who = text("rank ", rank_of(fewer ? member : me_), " of ", wires_.size());
    const std::string other = text("rank ", rank_of(fewer ? me_ : member));
    if (!longer.read(last + 1, call, site))
      return text(who, ": found ", longer.last(), " calls, ", other, " made ", last,
                  "; all ranks must make the same calls");
    return text(who, ": found ", call, " at ", longer.site(site), ", which ", other,
                " has not called; all ranks must make the same calls");
  }
  for (int from = 0; from < members(); ++from) {
    for (int to = 0; to < members(); ++to) {
      if (from == to) continue;
      const auto& words = *reinterpret_cast<const RingWords*>(ring(from, to));
      const std::uint64_t unread = words.written.word.load(std::memory_order_relaxed) -
                                   words.read.word.load(std::memory_order_relaxed);
      if (unread > 0)
        return text("rank ", rank_of(to), " of ", wires_.size(), ": found ", unread,
                    " bytes from rank ", rank_of(from),
                    " that nobody has received, expected a recv() for each send()");
    }
  }
  return {};
}

}  // namespace tutti
