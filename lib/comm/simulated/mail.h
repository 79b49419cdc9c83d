// Messages from the moment their ranks come to them to their arrival.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "comm/simulated/events.h"
#include "comm/simulated/flows.h"
#include "comm/simulated/network.h"
#include "tutti/comm/simulated.h"

namespace tutti {

/// Ranks are those of the whole simulation.
class Mail {
 public:
  /// Called when a rank's part in a message is over at `at`, which may lie ahead; with the block
  /// where it arrived, or an empty one at its sender.
  using Done = std::function<void(int rank, Picoseconds at, Block arrived)>;
  Mail(const Topology& topology, const Network& network, Payload payload, Events& events,
       Done done);

  /// `rank` comes to a message at `at`. Error where two ranks disagree in its size.
  void post(int rank, int channel, const Transfer& transfer, Picoseconds at);
  /// For events of messages and flows, when their time has come.
  void leave(int message, Picoseconds now);
  void end_flow(int flow, std::uint64_t version, Picoseconds now);
  /// To be called before time goes on.
  void settle(Picoseconds now);

  /// What a rank waits for and its peer has not come to: a transfer, seen from `rank`.
  std::optional<Transfer> unmatched(int rank) const;
  std::uint64_t messages() const { return sent_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Message {
    int from = 0, to = 0;
    Block source{}, target{};
    std::vector<std::byte> kept;  ///< the data of an eager message
    std::optional<Picoseconds> sent, asked;
    bool eager = false;
    bool arrived = false;
    std::size_t bytes() const { return sent ? source.bytes() : target.bytes(); }
  };
  struct Pair {
    int channel, from, to;
    auto operator<=>(const Pair&) const = default;
  };
  int match(const Pair& pair, bool send);
  void send(Message& message, int number, const Transfer& transfer, Picoseconds at);
  void deliver(int number, Picoseconds at);

  std::size_t eager_bytes_;
  const Network& network_;
  Payload payload_;
  Events& events_;
  Done done_;
  Flows flows_;
  std::deque<Message> messages_;  ///< a deque: references stay
  std::vector<int> free_;
  std::vector<int> message_of_flow_;
  std::map<Pair, std::deque<int>> unmatched_;  ///< one side has come; all from the same side
  Network::Route route_;
  std::uint64_t sent_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace tutti
