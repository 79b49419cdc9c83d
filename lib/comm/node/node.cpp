#include "comm/node/node.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "comm/node/cross_memory.h"
#include "comm/node/share_mapping.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

constexpr int few_spins = 10;

// Where things stand in the shared memory: a head page, then every part for all members.
struct Layout {
  explicit Layout(int members)
      : slots(boards + board * members),
        rooms(round_up(slots + 2 * NodeMemory::slot_bytes * members, page_bytes)),
        rings(rooms + room_bytes(members) * members) {}
  static constexpr std::size_t boards = page_bytes;
  static constexpr std::size_t board = round_up(sizeof(Board), page_bytes);
  // More than the caches of one core, less than those that cores share; at the least what the two
  // chunks that may be under way in each of two calls take.
  static std::size_t room_bytes(int members) {
    return std::clamp<std::size_t>((32 << 20) / members / page_bytes * page_bytes, 512 << 10,
                                   NodeMemory::most_room_bytes);
  }
  std::size_t slots, rooms, rings;
};

std::size_t ring_size(int members) {
  return members <= 8 ? 64 << 10 : 16 << 10;
}

// Says that a rank wants to be woken.
class Sleep {
 public:
  Sleep(std::atomic<std::uint32_t>& sleepers, Board& board) : sleepers_(sleepers), board_(board) {
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    board_.sleeping.store(1, std::memory_order_seq_cst);
  }
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  ~Sleep() {
    board_.sleeping.store(0, std::memory_order_seq_cst);
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }

 private:
  std::atomic<std::uint32_t>& sleepers_;
  Board& board_;
};

}  // namespace

NodeMemory::NodeMemory(PollingTransport& wires) : wires_(wires) {}

std::shared_ptr<NodeMemory> NodeMemory::make(PollingTransport& wires,
                                             std::shared_ptr<Processes> processes) {
  std::shared_ptr<NodeMemory> node(new NodeMemory(wires));
  node->gather_members(true);
  if (!all_agree(wires, node->members() <= max_members)) node->gather_members(false);
  int members = node->members();
  if (wires.size() > 1) {
    std::size_t bytes = Layout(members).rings + node->ring_bytes_ * members * members;
    if (members > 1) node->mapping_ = share_mapping(wires, node->ranks_, bytes);
    if (!all_agree(wires, members == 1 || node->mapping_)) {
      node->mapping_ = nullptr;
      node->gather_members(false);
      members = 1;
    }
  }
  if (!node->mapping_) {
    node->mapping_ = Mapping::create(Mapping::Kind::memfd, Layout(1).slots);
    if (!node->mapping_)
      raise("communicator: found no memory for ", Layout(1).slots,
            " bytes (memfd_create: ", std::strerror(errno),
            "); raise the limits of file size and of open files (ulimit -f, -n)");
    node->mapping_->close();
  }
  node->lay_out(node->mapping_->data());
  // The owner touches its rooms first, so that they stand in memory near it.
  if (members > 1) populate(node->room(node->me(), 0), node->room_bytes_);
  all_agree(wires, true);  // all boards stand
  if (members > 1) populate(node->room(0, 0), node->room_bytes_ * members);
  node->cross_memory_ = all_agree(wires, can_reach_members(*node));
  cpu_set_t cores;
  CPU_ZERO(&cores);
  for (Board* board : node->boards_) CPU_OR(&cores, &cores, &board->cores);
  node->set_crowded(CPU_COUNT(&cores) < node->members());
  node->watch_ = std::make_unique<Watch>(*node, wires, std::move(processes));
  return node;
}

void NodeMemory::gather_members(bool shared) {
  const auto positions = wires_.positions();
  const int self = wires_.rank();
  shared_ = shared;
  ranks_.clear();
  member_of_.assign(positions.size(), -1);
  for (int rank = 0; rank < static_cast<int>(positions.size()); ++rank) {
    if (rank != self && (!shared || positions[rank].node != positions[self].node)) continue;
    if (rank == self) me_ = members();
    member_of_[rank] = members();
    ranks_.push_back(rank);
  }
  ring_bytes_ = ring_size(members());
  awaited.resize(members());
}

void NodeMemory::lay_out(std::byte* memory) {
  memory_ = memory;
  slots_ = memory + Layout(members()).slots;
  rooms_ = memory + Layout(members()).rooms;
  room_bytes_ = Layout::room_bytes(members());
  sleepers_ = reinterpret_cast<std::atomic<std::uint32_t>*>(memory + 64);
  left_ = reinterpret_cast<std::atomic<std::uint32_t>*>(memory + 128);
  boards_.clear();
  for (int member = 0; member < members(); ++member)
    boards_.push_back(reinterpret_cast<Board*>(memory + Layout::boards + Layout::board * member));
  own_ = new (boards_[me_]) Board;
  own().process = ProcessId::self();
  own().token_at = reinterpret_cast<std::uintptr_t>(&token_);
  CPU_ZERO(&own().cores);
  if (sched_getaffinity(0, sizeof own().cores, &own().cores) != 0) CPU_SET(0, &own().cores);
}

std::byte* NodeMemory::ring(int from, int to) const {
  return memory_ + Layout(members()).rings + ring_bytes_ * (from * members() + to);
}

void NodeMemory::set_crowded(bool crowded) {
  crowded_ = crowded;
  set_background(false);
}

void NodeMemory::set_background(bool background) {
  usual_spins_ = crowded_ ? few_spins : pauses_in(background ? 4us : 50us);
  spins_ = usual_spins_;
  yields_ = background ? 0 : crowded_ ? 100 : 200;
}

// Four lines take turns, so that the next one can be fetched for writing while others still look at
// this one.
void NodeMemory::meet() {
  const unsigned turn = meetings_++ % std::size(own().meetings);
  publish(own().meetings[turn].word, flag_);
  hand_over(&own().meetings[turn], line_bytes);
  take_back(&own().meetings[meetings_ % std::size(own().meetings)], line_bytes);
  wait_for_flags(
      meeting_back_off_,
      [&](int member) -> const Word& { return board(member).meetings[turn].word; },
      [](int) { return std::span<const std::byte>(); });
}

void NodeMemory::wait_slowly(Condition ready, bool poll) {
  const auto start = std::chrono::steady_clock::now();
  auto looked = start;
  // What comes over a network is seen only by those who ask: a nap is worth it after milliseconds.
  // Where other programs crowd the cores a yield may last for long, too.
  const int yields = poll ? std::max(yields_, 200) * 20 : yields_;
  const auto end = start + (poll ? 4ms : 1ms);
  auto now = start;
  if (wary_waits_ == 0 || --wary_waits_ == 0) spins_ = usual_spins_;
  for (int i = 0; i < yields && now < end; ++i) {
    const auto before = now;
    sched_yield();
    const bool done = ready();
    now = std::chrono::steady_clock::now();
    // Somebody else had the core meanwhile, and may want it again in the next waits.
    if (now - before > 4us) spins_ = few_spins, wary_waits_ = 100;
    if (done) return;
  }
  for (;;) {
    {
      const Sleep sleep(*sleepers_, own());
      const std::uint32_t seen = own().bell.load(std::memory_order_seq_cst);
      // Who published a moment ago may not have seen a sleeper yet. Stores become visible sooner
      // than this loop ends; where one does not, it costs a nap.
      for (int i = 0; i < 50; ++i) {
        if (ready()) return;
        spin_pause();
      }
      futex_wait(own().bell, seen, poll ? 50us : 1000us);
    }
    if (ready()) return;
    now = std::chrono::steady_clock::now();
    if (now - looked < 1ms) continue;
    looked = now;
    watch_->look();
    watch_->check_deadline(now - start);
  }
}

void NodeMemory::wake_sleepers() {
  for (int member = 0; member < members(); ++member) {
    Board& board = *boards_[member];
    if (member == me_ || board.sleeping.load(std::memory_order_seq_cst) == 0) continue;
    board.bell.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(board.bell);
  }
}

}  // namespace tutti
