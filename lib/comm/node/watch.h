// Looks whether the others still come: failures, deaths, calls that do not match, deadlines.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "comm/node/process.h"
#include "comm/polling_transport.h"
#include "tutti/comm/call_record.h"

namespace tutti {

class NodeMemory;

/// How long a wait may last: TUTTI_TIMEOUT in seconds, else 300. Error for what is no number.
std::chrono::milliseconds wait_limit();

/// Called from waits only, when they have lasted a while.
class Watch {
 public:
  Watch(NodeMemory& node, PollingTransport& wires, std::shared_ptr<Processes> processes);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Throws PeerFailed when another rank has failed or died, Error when a rank of this node makes
  /// another call than the running one, or while this one awaits a message of it, or its taking
  /// one, is in a collective that this rank has not come to, in two looks.
  void look();
  /// Throws Error that says who is missing when `waited` is past the limit, and others had some
  /// time to hear so; sooner when what another has said of itself shows that the calls differ.
  void check_deadline(std::chrono::steady_clock::duration waited);
  /// Error about a member whose flag says that its call, number `sequence`, differs.
  [[noreturn]] void raise_mismatch(int member, std::uint64_t sequence);
  [[noreturn]] void raise_mismatch(int rank, const CallRecord& theirs, const std::string& site) {
    raise_mismatch(rank, theirs, site, running(), site_of_running());
  }
  /// Error about a message of another size than the running call expects.
  [[noreturn]] void raise_other_size(int rank, std::uint64_t found, std::size_t expected);
  /// For communicators that are split off.
  const std::shared_ptr<Processes>& processes() const { return processes_; }
  /// "train.cpp:88" of the running call.
  std::string site_of_running() const;

 private:
  void look_for_other_calls();
  void look_for_wrong_order();
  void look_for_missing_calls();
  void look_for_deaths();
  void announce_stall();
  void look_for_stalled(bool stalled_too);
  const CallRecord& running() const;
  [[noreturn]] void raise_mismatch(int rank, const CallRecord& theirs, const std::string& site,
                                   const CallRecord& mine, const std::string& my_site);
  bool waits_for(int member) const;
  std::string describe(int member) const;
  std::string last_calls() const;
  std::string who(int rank) const;

  NodeMemory& node_;
  PollingTransport& wires_;
  std::chrono::milliseconds limit_;
  std::shared_ptr<Processes> processes_;
  std::chrono::steady_clock::time_point deaths_looked_{}, missing_since_{};
  int missing_member_ = -1;
  bool announced_ = false;  ///< the wait that lasts too long
  struct CameFurther {      ///< a member that was in a collective this rank had not come to
    int member = -1;
    std::uint64_t call = 0;
    bool operator==(const CameFurther&) const = default;
  } came_further_;
};

}  // namespace tutti
