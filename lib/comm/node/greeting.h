// The first message between two ranks of different nodes in a call.
#pragma once

#include <string>

#include "comm/call_words.h"
#include "comm/polling_transport.h"

namespace tutti {

/// Says which call the message is of, and carries its first bytes: to copy a short one is faster
/// than to send one more.
class Greeting {
 public:
  static constexpr std::size_t most_carried = 16 << 10;
  /// What of a message is not carried.
  static Block rest_of(const Block& message);

  /// What stands before the data. Few bytes: at 1 Gbit/s, 100 of them take nearly a microsecond.
  class Head {
   public:
    Head() = default;
    /// `site` is "train.cpp:88", cut where it is long.
    Head(const CallRecord& call, std::string_view site);

    CallRecord call() const { return call_of(call_); }
    std::string site() const { return {site_, site_in(call_)}; }
    std::size_t size() const { return sizeof(Head) - sizeof site_ + site_in(call_); }

    std::uint64_t bytes = 0;  ///< of the message

   private:
    CallWords call_{};  ///< with the length of its site
    char site_[48] = {};
    friend class Greeting;
  };

  /// What goes to the peer of `message` before what is rest_of() its block. The greeting must
  /// be left alone until it has been sent.
  WireMessage to_send(Head head, const Transfer& message);
  /// What comes from a peer.
  WireMessage to_receive(int peer);
  /// What has been received, once; null before and after. Error where it is no greeting.
  const Head* received();
  /// After it: copies the first bytes of the message.
  void copy_to(const Block& message) const;

 private:
  Head head_;
  std::size_t arrived_ = 0;  ///< bytes
  std::byte frame_[sizeof(Head) + most_carried];
};

}  // namespace tutti
