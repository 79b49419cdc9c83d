#include "comm/node/greeting.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace tutti {
namespace {

// Another one where the layout changes.
constexpr std::uint32_t mark = 0x54750200;

std::size_t carried_of(std::uint64_t bytes) {
  return std::min<std::uint64_t>(bytes, Greeting::most_carried);
}

}  // namespace

Block Greeting::rest_of(const Block& message) {
  return message.slice(carried_of(message.bytes()) / size_of(message.dtype), message.count);
}

std::string Greeting::describe(std::span<const std::byte> received) {
  const std::optional<Head> head = head_of(received);
  return head ? text(head->call(), " at ", head->site()) : std::string();
}

std::optional<Greeting::Head> Greeting::head_of(std::span<const std::byte> received) {
  Head head;
  std::memcpy(static_cast<void*>(&head), received.data(), std::min(received.size(), sizeof head));
  if (!head.is_of(received.size())) return std::nullopt;
  return head;
}

Greeting::Head::Head(const CallRecord& call, std::string_view site) {
  static_assert(std::is_trivially_copyable_v<Head> &&
                sizeof(Head) == sizeof bytes + sizeof call_ + sizeof site_);
  if (site.size() > sizeof site_) site.remove_prefix(site.size() - sizeof site_);
  site.copy(site_, sizeof site_);
  CallRecord sent = call;
  if (call.collective == Collective::send) sent.root = call.from;
  call_ = words_of(sent, mark | static_cast<std::uint32_t>(site.size()));
}

CallRecord Greeting::Head::call() const {
  CallRecord call = call_of(call_);
  if (call.collective == Collective::send) call.from = std::exchange(call.root, -1);
  return call;
}

bool Greeting::Head::is_of(std::size_t arrived) const {
  return arrived >= sizeof(Head) - sizeof site_ && (site_in(call_) & ~0xffu) == mark &&
         site_bytes() <= sizeof site_ && arrived == size() + carried_of(bytes);
}

WireMessage Greeting::to_send(Head head, const Transfer& message) {
  const Block& block = message.block;
  arrived_ = 0;
  head.bytes = block.bytes();
  std::memcpy(frame_, &head, head.size());
  const std::size_t carried = carried_of(head.bytes);
  if (carried > 0) std::memcpy(frame_ + head.size(), block.data, carried);
  return {send_to(message.peer,
                  block_of(reinterpret_cast<std::uint8_t*>(frame_), head.size() + carried))};
}

WireMessage Greeting::to_receive(int peer) {
  arrived_ = 0;
  return {receive_from(peer, block_of(reinterpret_cast<std::uint8_t*>(frame_), sizeof frame_)),
          &arrived_};
}

Greeting::Came Greeting::look() {
  const std::size_t arrived = std::exchange(arrived_, 0);
  if (arrived == 0) return Came::nothing;
  std::memcpy(&head_, frame_, sizeof head_);
  return head_.is_of(arrived) ? Came::greeting : Came::something_else;
}

void Greeting::copy_to(const Block& message) const {
  const std::size_t carried = carried_of(message.bytes());
  if (carried > 0) std::memcpy(message.data, frame_ + head_.size(), carried);
}

}  // namespace tutti
