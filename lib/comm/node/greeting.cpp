#include "comm/node/greeting.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tutti/base/error.h"

namespace tutti {
namespace {

std::size_t carried_of(std::uint64_t bytes) {
  return std::min<std::uint64_t>(bytes, Greeting::most_carried);
}

}  // namespace

Block Greeting::rest_of(const Block& message) {
  return message.slice(carried_of(message.bytes()) / size_of(message.dtype), message.count);
}

Greeting::Head::Head(const CallRecord& call, std::string_view site)
    : call_(words_of(call, static_cast<std::uint32_t>(std::min(site.size(), sizeof site_)))) {
  site.copy(site_, sizeof site_);
}

WireMessage Greeting::to_send(Head head, const Transfer& message) {
  const Block& block = message.block;
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

const Greeting::Head* Greeting::received() {
  if (arrived_ == 0) return nullptr;
  const std::size_t arrived = std::exchange(arrived_, 0);
  std::memcpy(&head_, frame_, sizeof head_);
  if (arrived < head_.size() || arrived != head_.size() + carried_of(head_.bytes))
    raise("communicator: found ", arrived, " bytes that no call precedes, expected the same ",
          "version of Tutti on all nodes");
  return &head_;
}

void Greeting::copy_to(const Block& message) const {
  const std::size_t carried = carried_of(message.bytes());
  if (carried > 0) std::memcpy(message.data, frame_ + head_.size(), carried);
}

}  // namespace tutti
