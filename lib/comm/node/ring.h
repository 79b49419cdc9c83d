// A stream of messages from one rank of a node to another, through shared memory.
#pragma once

#include <span>

#include "comm/node/node.h"

namespace tutti {

/// What stands before each message in the stream.
struct MessageHead {
  std::uint64_t bytes;
  std::uint64_t call;  ///< the sender's NodeMemory::flag()
};

/// The head words of a ring; its data follows.
struct RingWords {
  Line written;  ///< bytes that the sender has put in, counted for ever
  Line read;     ///< bytes that the receiver has taken out
};

/// One message on its way through a ring, head first; resumable at every byte.
class RingMessage {
 public:
  RingMessage(NodeMemory& node, std::byte* ring, Transfer transfer, int member);

  /// Moves what can be moved now; true when the whole message has passed.
  bool advance();
  int member() const { return member_; }
  bool sends() const { return transfer_.kind == Transfer::Kind::send; }

 private:
  /// The next bytes of the message, head first, and how many of them lie there.
  std::span<std::byte> next();
  void check_head();

  NodeMemory& node_;
  RingWords& words_;
  std::byte* data_;
  std::size_t capacity_;
  Transfer transfer_;
  int member_;
  MessageHead head_;
  std::size_t moved_ = 0;  ///< the head's bytes included
};

}  // namespace tutti
