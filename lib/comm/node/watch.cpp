#include "comm/node/watch.h"

#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "comm/environment.h"
#include "comm/node/node.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks_for_deaths = 100ms;
constexpr auto grace = 50ms;

std::string host_name() {
  char name[256] = "?";
  gethostname(name, sizeof name - 1);
  return name;
}

std::string base_name(const char* file) {
  std::string name = file;
  auto slash = name.rfind('/');
  return slash == name.npos ? name : name.substr(slash + 1);
}

std::string site_of(const CallRecord& call) {
  return text(base_name(call.site.file_name()), ":", call.site.line());
}

}  // namespace

std::chrono::milliseconds wait_limit() {
  const char* value = std::getenv(timeout_variable);
  if (!value || *value == '\0') return 300s;
  double seconds = 0;
  const char* end = value + std::strlen(value);
  auto [stop, error] = std::from_chars(value, end, seconds);
  if (error != std::errc() || stop != end || !(seconds > 0 && seconds < 1e9))
    raise(timeout_variable, ": found \"", value, "\", expected seconds above 0, as in 60");
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

Watch::Watch(NodeMemory& node, PollingTransport& wires, std::shared_ptr<Processes> processes)
    : node_(node), wires_(wires), limit_(wait_limit()), processes_(std::move(processes)) {
  for (int member = 0; member < node.members(); ++member)
    processes_->watch(node.board(member).process);
}

void Watch::look() {
  wires_.look();
  look_for_other_calls();
  look_for_missing_calls();
  auto now = std::chrono::steady_clock::now();
  if (now - deaths_looked_ < between_looks_for_deaths) return;
  deaths_looked_ = now;
  look_for_deaths();
}

void Watch::look_for_other_calls() {
  if (!node_.running()) return;
  const CallRecord& mine = *node_.running();
  CallRecord theirs;
  std::uint32_t site;
  for (int member = 0; member < node_.members(); ++member)
    if (node_.board(member).log.read(mine.sequence, theirs, site) &&
        fingerprint(theirs) != fingerprint(mine))
      raise_mismatch(member, mine.sequence);
}

// A rank that has returned from run() will not make the running call any more; it may have done it,
// though.
void Watch::look_for_missing_calls() {
  if (!node_.running()) return;
  for (int member = 0; member < node_.members(); ++member) {
    const int rank = node_.rank_of(member);
    if (member == node_.me() || !wires_.has_finished(rank)) continue;
    if (!waits_for(member)) continue;
    auto now = std::chrono::steady_clock::now();
    if (missing_member_ != member) missing_since_ = now;
    missing_member_ = member;
    if (now - missing_since_ < grace) return;  // its last failure may be on its way
    raise("rank ", wires_.rank(), " of ", wires_.size(), " waits for rank ", rank,
          ", which has already returned from run(), in ", *node_.running(), " at ",
          site_of_running(), "; all ranks must make the same calls", last_calls());
  }
  missing_member_ = -1;
}

// Whether the running call needs something of a member that has returned.
bool Watch::waits_for(int member) const {
  const CallRecord& mine = *node_.running();
  if (mine.collective == Collective::send) return node_.awaited.any_of(member);
  return node_.board(member).done.word.load(std::memory_order_acquire) < mine.sequence;
}

void Watch::look_for_deaths() {
  for (int member = 0; member < node_.members(); ++member) {
    const ProcessId& process = node_.board(member).process;
    if (!processes_->has_ended(process)) continue;
    const int rank = wires_.world_rank(node_.rank_of(member));
    std::string reason =
        text("its process ", process.pid, " on ", host_name(), " died; ", describe(member));
    throw PeerFailed(text("rank ", wires_.world_rank(wires_.rank()), " stops because rank ", rank,
                          " failed: ", reason, last_calls()),
                     rank, reason);
  }
}

std::string Watch::site_of_running() const {
  return site_of(*node_.running());
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
          " that differs from ", *node_.running(), " at ", site_of(*node_.running()),
          "; both must pass the same dtype, on the same kind of device", last_calls());
  if (!log.read(sequence, theirs, site))
    raise(who(wires_.rank()), ": found a call of rank ", node_.rank_of(member),
          " that differs from ", *node_.running(), " at ", site_of(*node_.running()),
          "; all ranks must make the same calls in the same order", last_calls());
  raise_mismatch(node_.rank_of(member), theirs, log.site(site));
}

void Watch::raise_mismatch(int rank, const CallRecord& theirs, const std::string& site) {
  const CallRecord& mine = *node_.running();
  raise(who(wires_.rank()), ": rank ", rank, " called ", theirs, " at ", site,
        ", this rank called ", mine, " at ", site_of(mine), ". All ranks must ",
        required_agreement(mine, theirs), ".", last_calls());
}

void Watch::raise_other_size(int rank, std::uint64_t found, std::size_t expected) {
  raise(who(wires_.rank()), ": found ", found, " bytes from rank ", rank, " in ", *node_.running(),
        " at ", site_of_running(), ", expected ", expected,
        "; both must pass the same count and dtype", last_calls());
}

void Watch::check_deadline(std::chrono::steady_clock::duration waited) {
  if (waited < limit_) return;
  look_for_deaths();
  const CallRecord& mine = *node_.running();
  std::string missing;
  const bool sends = mine.collective == Collective::send;
  bool awaits_other_nodes = false;
  for (int rank = 0; rank < wires_.size(); ++rank)
    awaits_other_nodes |= node_.member_of(rank) < 0 && wires_.awaits(rank);
  bool all_came = true;
  for (bool only_late : {true, false}) {
    if (!all_came) break;
    for (int rank = 0; rank < wires_.size(); ++rank) {
      if (rank == wires_.rank() || (sends && rank != mine.to && rank != mine.from)) continue;
      const int member = node_.member_of(rank);
      if (member < 0) {
        if (awaits_other_nodes ? !wires_.awaits(rank) : only_late) continue;
        all_came = false;
        missing += text("\n  rank ", rank, " on another node: no answer");
        continue;
      }
      const Board& board = node_.board(member);
      const bool late = board.entered.word.load(std::memory_order_acquire) < mine.sequence;
      if (only_late && !late) continue;
      all_came = all_came && !late;
      missing +=
          text("\n  rank ", rank, " (pid ", board.process.pid, ", ", board.process.state(), "): ",
               late    ? "has not come; "
               : sends ? ""
                       : "has come; ",
               describe(member));
    }
  }
  const double seconds = std::chrono::duration<double>(limit_).count();
  raise(who(wires_.rank()), ": ", mine, " at ", site_of(mine), " has waited for ", seconds,
        " s (TUTTI_TIMEOUT) for other ranks:", missing, last_calls());
}

}  // namespace tutti
