#include <unistd.h>

#include "comm/node/node.h"
#include "comm/node/watch.h"

namespace tutti {

// As the log has it, with its label; a send is in no log.
std::string Watch::site_of_running() const {
  const CallRecord& mine = *node_.running();
  const CallLog& log = node_.own().log;
  CallRecord call;
  std::uint32_t site = 0;
  return log.read(mine.sequence, call, site) ? log.site(site) : text_of(mine.site);
}

const CallRecord& Watch::running() const {
  return *node_.running();
}

std::string Watch::who(int rank) const {
  std::string name = text("rank ", rank, " of ", wires_.size());
  if (rank != wires_.rank()) return name;
  return text(name, " (", host_name(), ", pid ", getpid(), ")");
}

std::string Watch::describe(int member) const {
  const Board& board = node_.board(member);
  const std::uint64_t last = board.log.last();
  CallRecord call;
  std::uint32_t site;
  if (!board.log.read(last, call, site)) return "it had made no call on this communicator";
  return text("its last call was ", call, " at ", board.log.site(site));
}

std::string Watch::last_calls() const {
  constexpr std::uint64_t shown = 8;
  const CallLog& log = node_.own().log;
  std::string lines = "\n  last calls of this rank:";
  const std::uint64_t last = log.last();
  for (std::uint64_t s = last > shown ? last - shown + 1 : 1; s <= last; ++s) {
    CallRecord call;
    std::uint32_t site;
    if (log.read(s, call, site)) lines += text("\n    ", call, " at ", log.site(site));
  }
  return lines;
}

void Watch::raise_mismatch(int member, std::uint64_t sequence) {
  CallRecord theirs;
  std::uint32_t site = 0;
  const CallLog& log = node_.board(member).log;
  const bool two_sends = sequence == 0 && node_.running()->collective == Collective::send;
  if (two_sends)
    raise(who(wires_.rank()), ": found a message of rank ", node_.rank_of(member),
          " that differs from ", *node_.running(), " at ", site_of_running(),
          "; both must pass the same dtype and the same label, on the same kind of device",
          last_calls());
  if (!log.read(sequence, theirs, site))
    raise(who(wires_.rank()), ": found a call of rank ", node_.rank_of(member),
          " that differs from ", *node_.running(), " at ", site_of_running(),
          "; all ranks must make the same calls in the same order", last_calls());
  raise_mismatch(node_.rank_of(member), theirs, log.site(site));
}

void Watch::raise_mismatch(int rank, const CallRecord& theirs, const std::string& site,
                           const CallRecord& mine, const std::string& my_site) {
  raise(who(wires_.rank()), ": rank ", rank, " called ", theirs, " at ", site,
        ", this rank called ", mine, " at ", my_site, ". All ranks must ",
        required_agreement(mine, theirs), ".", last_calls());
}

void Watch::raise_other_size(int rank, std::uint64_t found, std::size_t expected) {
  raise(who(wires_.rank()), ": found ", found, " bytes from rank ", rank, " in ", *node_.running(),
        " at ", site_of_running(), ", expected ", expected,
        "; both must pass the same count and dtype", last_calls());
}

}  // namespace tutti
