// The ranks of a communicator that share a machine, and the memory that they share.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "comm/node/back_off.h"
#include "comm/node/board.h"
#include "comm/node/call_sites.h"
#include "comm/node/line_hints.h"
#include "comm/node/store_choice.h"
#include "comm/node/symmetric_areas.h"
#include "comm/node/waiting.h"
#include "comm/node/watch.h"

namespace tutti {

/// From and to which members messages of the running exchange have not passed yet.
class AwaitedMessages {
 public:
  void resize(int members) { flags_.resize(2 * static_cast<std::size_t>(members)); }
  void clear() { std::fill(flags_.begin(), flags_.end(), false); }
  std::vector<bool>::reference of(int member, bool sends) {
    return flags_[2 * static_cast<std::size_t>(member) + sends];
  }
  bool any_of(int member) { return of(member, false) || of(member, true); }

 private:
  std::vector<bool> flags_;
};

/// Members are numbered from 0 in the order of their ranks. One thread at a time may run calls;
/// beside it one may log(), and any may place().
class NodeMemory {
 public:
  static constexpr int max_members = 256;                  ///< more do without shared memory
  static constexpr std::size_t slot_bytes = 8 << 10;       ///< of a short block, its flag included
  static constexpr std::size_t chunk_bytes = 64 << 10;     ///< the largest room
  static constexpr std::size_t most_room_bytes = 2 << 20;  ///< of a member, for all its rooms

  /// Collective over the ranks of `wires`, which must outlive the node. Where memory cannot be
  /// shared, every rank stands alone on a node of its own, on all ranks alike.
  /// `processes`: where their processes are watched.
  static std::shared_ptr<NodeMemory> make(PollingTransport& wires,
                                          std::shared_ptr<Processes> processes);

  /// Whether members are all ranks of this node; the same on all ranks.
  bool shared() const { return shared_; }
  /// Whether members may reach each other's ordinary memory; the same on all ranks.
  bool cross_memory() const { return cross_memory_; }
  int members() const { return static_cast<int>(ranks_.size()); }
  int me() const { return me_; }
  int rank_of(int member) const { return ranks_[static_cast<std::size_t>(member)]; }
  /// -1 for a rank of another node.
  int member_of(int rank) const { return member_of_[static_cast<std::size_t>(rank)]; }
  Board& board(int member) const { return *boards_[static_cast<std::size_t>(member)]; }
  Board& own() const { return *own_; }
  std::byte* slot(int member, unsigned parity) const {
    return slots_ + slot_bytes * (2 * static_cast<std::size_t>(member) + parity % 2);
  }
  /// The place of the next room, which all members take alike; at most chunk_bytes. It is taken
  /// again after all others: by then everybody must have read it, and no longer has it in a cache
  /// that would have to be told of new contents.
  std::size_t take_room(std::size_t bytes) {
    const std::size_t rounded = (bytes + 127) / 128 * 128;
    const std::size_t place = next_room_ + rounded > room_bytes_ ? 0 : next_room_;
    next_room_ = place + rounded;
    return place;
  }
  std::byte* room(int member, std::size_t place) const {
    return rooms_ + room_bytes_ * static_cast<std::size_t>(member) + place;
  }
  /// Memory of this rank alone, for a call; kept for the next.
  std::byte* scratch(std::size_t bytes) {
    if (scratch_.size() < bytes) scratch_.resize(bytes);
    return scratch_.data();
  }
  /// The ring of messages from one member to another.
  std::byte* ring(int from, int to) const;
  std::size_t ring_bytes() const { return ring_bytes_; }

  /// Says that this call was made; enter() that it runs from now on.
  void log(const CallRecord& call, const CallLabel& label = {}) {
    own_->log.write(call, sites_.index_of(call.site, label, own_->log));
  }
  void enter(const CallRecord& call) {
    running_ = &call;
    flag_ = flag_of(call);
    if (call.sequence > 0) own_->entered.word.store(call.sequence, std::memory_order_release);
  }
  /// Says that the running call has returned.
  void leave() {
    if (running_->sequence > 0)
      own_->done.word.store(running_->sequence, std::memory_order_release);
  }
  /// Null before the first call. It is the caller's: valid while the call runs, as waits do.
  const CallRecord* running() const { return running_; }
  /// flag_of() the running call.
  std::uint64_t flag() const { return flag_; }

  /// Stores `value` so that what was written before is seen with it, and wakes who sleeps. (Whether
  /// anybody sleeps is read without waiting for the store: see wait_slowly().)
  void publish(Word& word, std::uint64_t value) {
    word.store(value, std::memory_order_release);
    wake();
  }
  void wake() {
    if (sleepers_->load(std::memory_order_relaxed) > 0) wake_sleepers();
  }
  /// Returns when ready() is true; throws what look() throws. `poll`: ready() also depends on what
  /// nobody publishes here.
  template <class Ready>
  void wait(Ready ready, bool poll = false) {
    for (int i = 0; i < spins_; ++i) {
      if (ready()) return;
      spin_pause();
    }
    if (!ready()) wait_slowly(Condition(ready), poll);
  }
  /// Waits until the word of every other member is flag(), and meanwhile fetches what comes with
  /// it: word_of(member), with_of(member). `back_off`: of those that publish here at the same time.
  /// Error when a word names another call of the same number.
  template <class WordOf, class WithOf>
  void wait_for_flags(BackOff<>& back_off, WordOf word_of, WithOf with_of) {
    if (!crowded_) back_off.pause();
    for (int member = 0; member < members(); ++member) {
      if (member == me_) continue;
      wait([&] {
        const std::span<const std::byte> with = with_of(member);
        fetch(with.data(), with.size());
        return has_come(word_of(member), member);
      });
    }
  }
  /// Says that this rank has come to this point of the running call, and waits until every member
  /// has. What members wrote before it can be read after it. At most four times in a call.
  void meet();
  AwaitedMessages awaited;
  /// What exchanges do before they begin to wait: a little at a time, false when nothing is left.
  /// Null for nothing. Other ranks are looked at, and the deadline runs, once it is done.
  const Condition* beside = nullptr;
  // Of those that count their own rounds.
  unsigned slot_rounds = 0;
  BackOff<> one_shot_back_off, movement_back_off;
  std::uint64_t staged_chunks = 0;

  // For what is put into slots and rooms.
  StoreChoice slot_stores{2 * slot_bytes};
  StoreChoice room_stores{most_room_bytes};

  /// Throws when a rank has failed, has died, or makes another call than this one.
  void look() { watch_->look(); }
  Watch& watch() { return *watch_; }

  /// Whether there are more members than cores; the same on all ranks.
  bool crowded() const { return crowded_; }
  /// All ranks alike, before their first call.
  void set_crowded(bool crowded);
  /// Whether this thread should rather sleep than spin: others compute.
  void set_background(bool background);

  /// Collective over the ranks of the communicator. `bytes` of each rank, zero; null where
  /// members() is 1 or the system refuses on any node.
  std::shared_ptr<const SymmetricArea> allocate(std::size_t bytes) {
    return areas_.allocate(wires_, ranks_, me_, bytes);
  }
  SymmetricPlace place(const void* data, std::size_t bytes) { return areas_.place(data, bytes); }

  ~NodeMemory() { leave(std::uncaught_exceptions() > 0); }
  /// This rank makes no call any more; `failed` where an exception ended it. The member that leaves
  /// last notes what was left behind. Once; sends nothing, waits for nobody.
  void leave(bool failed) noexcept;
  NodeMemory(const NodeMemory&) = delete;
  NodeMemory& operator=(const NodeMemory&) = delete;

 private:
  friend class Watch;
  explicit NodeMemory(PollingTransport& wires);
  void gather_members(bool shared);
  void lay_out(std::byte* memory);
  bool has_come(const Word& word, int member) {
    const std::uint64_t theirs = word.load(std::memory_order_acquire);
    if (theirs == flag_) return true;
    if (theirs >> 32 == flag_ >> 32) watch_->raise_mismatch(member, theirs >> 32);
    return false;
  }
  void wait_slowly(Condition ready, bool poll);
  void wake_sleepers();
  std::string left_behind();
  bool has_left_ = false;

  PollingTransport& wires_;
  std::vector<int> ranks_;
  std::vector<int> member_of_;
  int me_ = 0;
  std::size_t ring_bytes_ = 0;
  std::shared_ptr<Mapping> mapping_;
  std::byte* memory_ = nullptr;
  std::byte* slots_ = nullptr;
  std::byte* rooms_ = nullptr;
  std::size_t room_bytes_ = 0;  ///< of a member
  std::size_t next_room_ = 0;
  std::atomic<std::uint32_t>* sleepers_ = nullptr;
  std::atomic<std::uint32_t>* left_ = nullptr;  ///< members whose NodeMemory is gone
  std::vector<Board*> boards_;
  Board* own_ = nullptr;
  unsigned meetings_ = 0;
  BackOff<> meeting_back_off_;
  const CallRecord* running_ = nullptr;
  std::uint64_t flag_ = 0;
  bool shared_ = true;
  bool cross_memory_ = false;
  std::uint64_t token_ = ProcessId::self().token;  ///< for others to look at
  std::vector<std::byte> scratch_;
  bool crowded_ = false;
  int usual_spins_ = 0;
  int spins_ = 0;       ///< in the next wait: few while the cores are crowded
  int wary_waits_ = 0;  ///< how many more long waits spin little
  int yields_ = 0;
  std::unique_ptr<Watch> watch_;
  CallSites sites_;
  SymmetricAreas areas_;
};

}  // namespace tutti
