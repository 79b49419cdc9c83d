// The first message between two ranks of different nodes in a call.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "comm/call_words.h"
#include "comm/polling_transport.h"

namespace tutti {

/// Says which call the message is of, and carries its first bytes: to copy a short one is faster
/// than to send one more, and of a long one the call would be a packet of its own.
class Greeting {
 public:
  static constexpr std::size_t most_carried = 16 << 10;
  class Head;
  /// "broadcast #3 of 4 x f32, root 1 at train.cpp:88", where these bytes are a greeting; else
  /// empty.
  static std::string describe(std::span<const std::byte> received);
  /// The head with which these bytes begin, where they are a greeting.
  static std::optional<Head> head_of(std::span<const std::byte> received);
  /// What of a message is not carried.
  static Block rest_of(const Block& message);

  /// What stands before the data. Few bytes: at 1 Gbit/s, 100 of them take nearly a microsecond.
  class Head {
   public:
    Head() = default;
    /// `site` is "train.cpp:88"; where it is long, only its end travels.
    Head(const CallRecord& call, std::string_view site);

    CallRecord call() const;
    std::string site() const { return {site_, site_bytes()}; }
    std::size_t size() const { return sizeof(Head) - sizeof site_ + site_bytes(); }
    /// Whether this is the head of a message that has so many bytes.
    bool is_of(std::size_t arrived) const;
    /// The head of a message without any.
    std::string alone() const { return {reinterpret_cast<const char*>(this), size()}; }

    std::uint64_t bytes = 0;  ///< of the message

   private:
    std::size_t site_bytes() const { return site_in(call_) & 0xff; }

    CallWords call_{};  ///< with a mark and the length of its site
    char site_[48] = {};
  };

  /// What goes to the peer of `message` before what is rest_of() its block. The greeting must be
  /// left alone until it has been sent.
  WireMessage to_send(Head head, const Transfer& message);
  /// What comes from a peer.
  WireMessage to_receive(int peer);

  /// What has come, once; nothing before and after.
  enum class Came : std::uint8_t { nothing, greeting, something_else };
  Came look();
  /// After a greeting has come: its head, and the first bytes of its message.
  const Head& head() const { return head_; }
  void copy_to(const Block& message) const;

 private:
  Head head_;
  std::size_t arrived_ = 0;  ///< bytes
  std::byte frame_[sizeof(Head) + most_carried] = {};
};

}  // namespace tutti
