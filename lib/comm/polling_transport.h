// A transport whose exchanges can be driven together with others.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tutti/comm/transport.h"

namespace tutti {

/// A message of PollingTransport::start().
struct WireMessage : Transfer {
  /// Of a receive: where to write how many bytes have come, once they have, until advance() is true
  /// or abandon() has returned. They may be fewer than the block holds, and come in one piece,
  /// which is 32 KiB over MPI.
  std::size_t* arrived = nullptr;
};

class PollingTransport : public Transport {
 public:
  /// Called now and then by waits of this transport that the caller does not drive, with the time
  /// that they have lasted; it may throw.
  using Guard = std::function<void(std::chrono::steady_clock::duration)>;
  void set_guard(Guard guard) { guard_ = std::move(guard); }

  /// Starts messages of host memory, and lets them make progress; true when all are complete.
  virtual void start(std::span<const WireMessage> messages) = 0;
  virtual bool advance() = 0;
  /// After an exception: gives back the blocks of what was started, as far as MPI does so soon.
  virtual void abandon() noexcept = 0;
  /// Whether a message that was started, from that rank or to it, has not passed yet.
  virtual bool awaits(int rank) = 0;
  /// The number that errors of all communicators name this rank by.
  virtual int world_rank(int rank) const = 0;
  /// The first note() of this rank, over all communicators; empty for none.
  virtual std::string noted() = 0;
  /// Sends a few bytes to all ranks of this group, who need not listen, and waits for nobody.
  virtual void announce(const std::string& bytes) = 0;
  /// By rank: the last that it has announced and that has come; nothing while nothing has.
  virtual std::span<const std::string> announced() = 0;
  /// Whether this rank is known to have ended without an error.
  virtual bool has_finished(int rank) = 0;

 protected:
  Guard guard_;
};

/// Error of a rank to whom a peer has sent another size than it expected.
[[noreturn]] void raise_other_size(int rank, int ranks, int peer, const std::string& found,
                                   std::size_t expected);

/// The positions of some ranks in a group of their own.
std::vector<Position> positions_among(std::span<const Position> all, std::span<const int> members);

}  // namespace tutti
