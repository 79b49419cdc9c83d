#include "comm/node/watch.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "comm/environment.h"
#include "comm/node/node.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks_for_deaths = 100ms;
constexpr auto grace = 50ms;
constexpr auto time_to_hear = 500ms;  // of a stall, for ranks that are stalled, too

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
  look_for_wrong_order();
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

// While a rank is in a collective that this one has not come to, it neither sends nor takes what
// this one awaits of it. What it sent before came between two looks, if not earlier.
void Watch::look_for_wrong_order() {
  const CameFurther before = std::exchange(came_further_, {});
  if (!node_.running() || node_.running()->collective != Collective::send) return;
  const std::uint64_t last = node_.own().entered.word.load(std::memory_order_relaxed);
  for (int member = 0; member < node_.members(); ++member) {
    if (!node_.awaited.any_of(member)) continue;
    const Board& board = node_.board(member);
    const std::uint64_t call = board.entered.word.load(std::memory_order_acquire);
    if (call <= last || board.done.word.load(std::memory_order_acquire) >= call) continue;
    came_further_ = {member, call};
    if (came_further_ == before) raise_mismatch(member, call);
    return;
  }
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

void Watch::check_deadline(std::chrono::steady_clock::duration waited) {
  const bool stalled = waited >= limit_;
  const bool heard_by_messages = node_.members() < wires_.size() && node_.running();
  if (heard_by_messages) look_for_stalled(stalled);
  if (!stalled) {
    if (announced_) wires_.announce({});  // that wait has ended after all
    announced_ = false;
    return;
  }
  if (heard_by_messages && !announced_) announce_stall();
  if (heard_by_messages && waited < limit_ + time_to_hear) return;
  look_for_deaths();
  if (!node_.running())
    raise(who(wires_.rank()), ": has waited for ", std::chrono::duration<double>(limit_).count(),
          " s (TUTTI_TIMEOUT) for other ranks before the first call; all ranks must make the same "
          "communicators");
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
  raise(who(wires_.rank()), ": ", mine, " at ", site_of_running(), " has waited for ", seconds,
        " s (TUTTI_TIMEOUT) for other ranks:", missing, last_calls());
}

}  // namespace tutti
