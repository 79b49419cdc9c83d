// Short blocks that the members of a node show each other, all in one step.
#pragma once

#include <cstring>
#include <span>

#include "comm/node/line_hints.h"
#include "comm/node/node.h"

namespace tutti {

/// A slot begins with a line for the flag and a block that fits beside it; a larger block lies
/// behind that line. The flag is a word that no data ever overwrites.
struct FlaggedLine {
  std::byte data[line_bytes - sizeof(Word)];
  Word flag;
};
static_assert(sizeof(FlaggedLine) == line_bytes);

/// memcpy of at most a line: a call of a function costs more than this.
inline void copy_short(std::byte* to, const std::byte* from, std::size_t bytes) {
  const auto both_ends = [&]<std::size_t n>() {
    std::byte first[n], last[n];
    std::memcpy(first, from, n);
    std::memcpy(last, from + bytes - n, n);
    std::memcpy(to, first, n);
    std::memcpy(to + bytes - n, last, n);
  };
  if (bytes >= 32) return both_ends.template operator()<32>();
  if (bytes >= 16) return both_ends.template operator()<16>();
  if (bytes >= 8) return both_ends.template operator()<8>();
  if (bytes >= 4) return both_ends.template operator()<4>();
  for (std::size_t i = 0; i < bytes; ++i) to[i] = from[i];
}

/// One step in which every member takes part. Two slots take turns: who has seen all flags of a
/// round knows that all have read the round before.
class SlotRound {
 public:
  static constexpr std::size_t beside_flag = sizeof(FlaggedLine::data);
  static constexpr std::size_t most_bytes = NodeMemory::slot_bytes - sizeof(FlaggedLine);

  explicit SlotRound(NodeMemory& node) : node_(node), parity_(node.slot_rounds++) {}

  NodeMemory& node() const { return node_; }
  FlaggedLine& line(int member) const { return line(member, parity_); }
  /// Where a member shows a block of so many bytes.
  std::byte* block(int member, std::size_t bytes) const {
    FlaggedLine& first = line(member);
    return bytes <= beside_flag ? first.data : reinterpret_cast<std::byte*>(&first + 1);
  }

  /// Shows `bytes` bytes of this rank's, at most most_bytes.
  void show(const void* data, std::size_t bytes) const {
    const auto* from = static_cast<const std::byte*>(data);
    FlaggedLine& mine = line(node_.me());
    if (bytes <= beside_flag)
      copy_short(mine.data, from, bytes);
    else
      std::memcpy(block(node_.me(), bytes), from, bytes);
    node_.publish(mine.flag, node_.flag());
    hand_over(&mine, used(bytes));
  }
  /// Returns when all members have shown theirs; meanwhile fetches with_of(member).
  template <class WithOf>
  void wait_for_all(BackOff<>& back_off, WithOf with_of) const {
    node_.wait_for_flags(
        back_off, [&](int member) -> const Word& { return line(member).flag; }, with_of);
  }
  /// Asks for what the others have read of the round before: it comes back while this rank
  /// computes.
  void take_back(std::size_t bytes) const {
    tutti::take_back(&line(node_.me(), parity_ + 1), used(bytes));
  }

 private:
  FlaggedLine& line(int member, unsigned parity) const {
    return *reinterpret_cast<FlaggedLine*>(node_.slot(member, parity));
  }
  static std::size_t used(std::size_t bytes) {
    return sizeof(FlaggedLine) + (bytes <= beside_flag ? 0 : bytes);
  }

  NodeMemory& node_;
  unsigned parity_;
};

}  // namespace tutti
