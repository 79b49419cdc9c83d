// What moves bytes between ranks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tutti/base/block.h"
#include "tutti/comm/reduce_op.h"
#include "tutti/device/stream.h"

namespace tutti {

/// One message of an exchange. The block is borrowed until the exchange is complete.
struct Transfer {
  enum class Kind : std::uint8_t { send, receive };
  Kind kind;
  int peer;
  Block block;
};

inline Transfer send_to(int peer, Block block) {
  return {Transfer::Kind::send, peer, block};
}
inline Transfer receive_from(int peer, Block block) {
  return {Transfer::Kind::receive, peer, block};
}

class NodeMemory;
struct CallRecord;

/// Where a rank stands: its node, counted from 0 in the order of their first ranks, and its number
/// among the ranks of that node.
struct Position {
  int node = 0;
  int local_rank = 0;
  int local_size = 1;
  friend bool operator==(const Position&, const Position&) = default;
};

/// How a rank ended, for the others to read.
struct Post {
  enum class Kind : std::uint8_t { failed, finished };
  Kind kind = Kind::finished;
  int origin = 0;  ///< the rank whose failure this is: another one where a peer's was passed on
  std::string message;  ///< what() of that failure
};

/// Thrown by a wait when another rank has failed. what() names both ranks and quotes the failure.
class PeerFailed : public Error {
 public:
  PeerFailed(const std::string& what, int origin, std::string reason)
      : Error(what), origin_(origin), reason_(std::move(reason)) {}
  int origin() const { return origin_; }
  const std::string& reason() const { return reason_; }

 private:
  int origin_;
  std::string reason_;
};

/// The ranks of one group, and a channel between every two of them. One thread at a time may use an
/// object; different objects may be used by different threads where threads_allowed().
class Transport {
 public:
  virtual ~Transport() = default;

  virtual std::string_view name() const = 0;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Of every rank.
  virtual std::span<const Position> positions() const = 0;
  const Position& position() const { return positions()[static_cast<std::size_t>(rank())]; }
  /// Whether other threads than the main one may communicate.
  virtual bool threads_allowed() const = 0;

  /// Starts all transfers and completes them in stream order: on a CPU stream, before it returns.
  /// Messages between the same two ranks match in order and must agree in their bytes, also where
  /// these are none: such a message may be left out, or pass to be compared. Throws PeerFailed when
  /// any rank has failed, Error when a rank that this one waits for has finished. After an
  /// exception the transport must not be used again.
  virtual void exchange(std::span<const Transfer> transfers, const Stream& stream) = 0;

  /// Says which call the exchanges that follow belong to: peers compare it.
  virtual void enter(const CallRecord& call) = 0;
  /// Says that the call has returned.
  virtual void leave() = 0;
  /// Throws what an exchange would throw because of another rank's failure. Never blocks.
  virtual void look() = 0;
  /// The memory that the ranks of this node share; null where they share none, on all ranks alike.
  virtual NodeMemory* node() const { return nullptr; }

  /// The library's own all-reduce (MPI_Allreduce, ncclAllReduce), where has_vendor().
  virtual bool has_vendor() const { return false; }
  virtual void vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream);

  /// Tells all peers, without waiting, how this rank ended. Waits of this rank's other threads end.
  virtual void post(const Post& post) = 0;
  /// Remembers what was found wrong where nothing can be thrown: run() ends with the first of them.
  virtual void note(const std::string&) noexcept {}
  /// Makes a wait of another thread in this object throw. Never communicates.
  virtual void cancel() noexcept = 0;

  /// Collective: a transport between the ranks that pass the same colour, numbered by key, then by
  /// their rank here. Its messages never meet those of others.
  virtual std::shared_ptr<Transport> split(int colour, int key) = 0;
};

}  // namespace tutti
