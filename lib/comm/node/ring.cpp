#include "comm/node/ring.h"

#include <algorithm>
#include <cstring>

namespace tutti {
namespace {

// Small enough for the receiver to copy one piece while the sender fills the next.
constexpr std::size_t piece_bytes = 16 << 10;

}  // namespace

RingMessage::RingMessage(NodeMemory& node, std::byte* ring, Transfer transfer, int member)
    : node_(node),
      words_(*reinterpret_cast<RingWords*>(ring)),
      data_(ring + sizeof(RingWords)),
      capacity_(node.ring_bytes() - sizeof(RingWords)),
      transfer_(transfer),
      member_(member),
      head_{transfer.block.bytes(), node.flag()} {}

std::span<std::byte> RingMessage::next() {
  if (moved_ < sizeof head_)
    return {reinterpret_cast<std::byte*>(&head_) + moved_, sizeof head_ - moved_};
  const std::size_t offset = moved_ - sizeof head_;
  return {static_cast<std::byte*>(transfer_.block.data) + offset, transfer_.block.bytes() - offset};
}

bool RingMessage::advance() {
  Word& mine = sends() ? words_.written.word : words_.read.word;
  const Word& theirs = sends() ? words_.read.word : words_.written.word;
  std::uint64_t position = mine.load(std::memory_order_relaxed);
  for (auto rest = next(); !rest.empty(); rest = next()) {
    const std::uint64_t other = theirs.load(std::memory_order_acquire);
    const std::size_t possible = sends() ? capacity_ - (position - other) : other - position;
    if (possible == 0) return false;
    std::byte* place = data_ + position % capacity_;
    const std::size_t part =
        std::min({possible, capacity_ - position % capacity_, rest.size(), piece_bytes});
    if (sends())
      std::memcpy(place, rest.data(), part);
    else
      std::memcpy(rest.data(), place, part);
    moved_ += part;
    position += part;
    if (!sends() && moved_ == sizeof head_) check_head();
    // A head alone is not worth waking anybody.
    if (moved_ == sizeof head_ && transfer_.block.bytes() > 0)
      mine.store(position, std::memory_order_release);
    else
      node_.publish(mine, position);
  }
  return true;
}

void RingMessage::check_head() {
  if (head_.call != node_.flag()) node_.watch().raise_mismatch(member_, head_.call >> 32);
  if (head_.bytes != transfer_.block.bytes())
    node_.watch().raise_other_size(transfer_.peer, head_.bytes, transfer_.block.bytes());
}

}  // namespace tutti
