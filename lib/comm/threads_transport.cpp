#include "comm/threads_transport.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "comm/posts.h"

namespace tutti {

class ThreadsWorld {
 public:
  explicit ThreadsWorld(int ranks) : mailboxes(ranks) {
    for (int r = 0; r < ranks; ++r) posts.emplace_back(r, ranks);
    notes.resize(static_cast<std::size_t>(ranks));
  }

  // A send that waits in its receiver's mailbox. `taken` while the receiver copies.
  struct Message {
    int source;
    int peer;
    int channel;
    Block block;
    bool taken = false;
    bool* done;
  };
  struct Mailbox {
    std::deque<Message*> messages;
    std::condition_variable changed;  ///< something that this rank may wait for has happened
  };

  std::mutex mutex;  ///< guards all that follows
  std::vector<Mailbox> mailboxes;
  std::vector<Posts> posts;        ///< one view a rank
  std::vector<std::string> notes;  ///< the first of each rank

  // The n-th split of a channel, while its ranks come.
  struct Split {
    std::map<int, std::pair<int, int>> wishes;  ///< by rank: colour and key
    std::map<int, int> channels;                ///< by colour
  };
  std::map<std::pair<int, int>, Split> splits;  ///< by channel and n
  int channels = 1;
  std::map<std::pair<int, int>, std::string> announced;  ///< by channel and rank
  std::vector<Position> positions;
};

namespace {

class ThreadsTransport : public PollingTransport {
 public:
  /// `members` are ranks of the world; `place` is this one's among them.
  ThreadsTransport(std::shared_ptr<ThreadsWorld> world, std::vector<int> members, int place,
                   int channel)
      : world_(std::move(world)),
        members_(std::move(members)),
        place_(place),
        rank_(members_[static_cast<std::size_t>(place)]),
        channel_(channel),
        positions_(positions_among(world_->positions, members_)) {}

  std::string_view name() const override { return "threads"; }
  int rank() const override { return place_; }
  int size() const override { return static_cast<int>(members_.size()); }
  std::span<const Position> positions() const override { return positions_; }
  bool threads_allowed() const override { return true; }

  void exchange(std::span<const Transfer> transfers, const Stream&) override;
  void enter(const CallRecord&) override {}
  void leave() override {}
  void start(std::span<const WireMessage> messages) override {
    std::lock_guard lock(world_->mutex);
    for (const WireMessage& message : messages) start_locked(message);
  }
  bool advance() override {
    std::unique_lock lock(world_->mutex);
    return advance(lock);
  }
  void abandon() noexcept override {
    std::unique_lock lock(world_->mutex);
    withdraw(lock);
  }
  bool awaits(int rank) override {
    std::lock_guard lock(world_->mutex);
    const int other = members_[static_cast<std::size_t>(rank)];
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (sent_[i].peer == other && !sent_done_[i]) return true;
    return std::ranges::any_of(receives_,
                               [&](const Receive& r) { return r.source == other && !r.done; });
  }
  void look() override {
    std::lock_guard lock(world_->mutex);
    check();
  }
  int world_rank(int rank) const override { return members_[static_cast<std::size_t>(rank)]; }
  bool has_finished(int rank) override {
    std::lock_guard lock(world_->mutex);
    return world_->posts[rank_].has_finished(members_[rank]);
  }

  void post(const Post& post) override {
    std::lock_guard lock(world_->mutex);
    for (Posts& view : world_->posts) view.record(rank_, post);
    for (auto& mailbox : world_->mailboxes) mailbox.changed.notify_all();
  }

  void note(const std::string& what) noexcept override {
    std::lock_guard lock(world_->mutex);
    if (world_->notes[rank_].empty()) world_->notes[rank_] = what;
  }
  std::string noted() override {
    std::lock_guard lock(world_->mutex);
    return world_->notes[rank_];
  }
  void announce(const std::string& bytes) override {
    std::lock_guard lock(world_->mutex);
    world_->announced[{channel_, rank_}] = bytes;
  }
  std::span<const std::string> announced() override {
    std::lock_guard lock(world_->mutex);
    if (world_->announced.empty()) return {};
    announced_.resize(members_.size());
    for (std::size_t i = 0; i < members_.size(); ++i)
      announced_[i] = world_->announced[{channel_, members_[i]}];
    return announced_;
  }
  void cancel() noexcept override {
    std::lock_guard lock(world_->mutex);
    cancelled_ = true;
    world_->mailboxes[rank_].changed.notify_all();
  }

  std::shared_ptr<Transport> split(int colour, int key) override;

 private:
  using Message = ThreadsWorld::Message;
  struct Receive {
    int source;
    Block block;
    std::size_t* arrived;
    bool done = false;
  };
  void start_locked(const WireMessage& message);
  bool advance(std::unique_lock<std::mutex>& lock);
  Message* find(int source);
  void receive(std::unique_lock<std::mutex>& lock, Message& message, const Receive& to);
  void withdraw(std::unique_lock<std::mutex>& lock);
  void check() const;
  void wait_for_change(std::unique_lock<std::mutex>& lock,
                       std::chrono::steady_clock::time_point since);

  std::shared_ptr<ThreadsWorld> world_;
  std::vector<int> members_;
  int place_;
  int rank_;  ///< in the world, as in all that follows
  int channel_;
  std::vector<Position> positions_;
  std::vector<std::string> announced_;  ///< by rank
  int splits_ = 0;
  bool cancelled_ = false;
  std::chrono::steady_clock::time_point guarded_{};  ///< when the guard looked last
  // Of the exchange that is going on. Receives from one rank complete in their order.
  std::deque<Message> sent_;
  std::deque<bool> sent_done_;
  std::vector<Receive> receives_;
  bool copied_ = false;
};

ThreadsTransport::Message* ThreadsTransport::find(int source) {
  for (Message* message : world_->mailboxes[rank_].messages)
    if (message->source == source && message->channel == channel_ && !message->taken)
      return message;
  return nullptr;
}

void ThreadsTransport::receive(std::unique_lock<std::mutex>& lock, Message& message,
                               const Receive& to) {
  auto& messages = world_->mailboxes[rank_].messages;
  const std::size_t found = message.block.bytes(), room = to.block.bytes();
  const bool fits = found == room || (to.arrived && found < room);
  message.taken = true;
  if (fits) {
    lock.unlock();  // the sender leaves a taken message alone
    std::memcpy(to.block.data, message.block.data, found);
    lock.lock();
    if (to.arrived) *to.arrived = found;
  }
  std::erase(messages, &message);
  *message.done = true;
  int source = message.source;
  world_->mailboxes[source].changed.notify_all();
  if (!fits)
    raise_other_size(place_, size(),
                     static_cast<int>(std::ranges::find(members_, source) - members_.begin()),
                     text(found), room);
}

// Takes back what nobody has begun to read, and waits for readers.
void ThreadsTransport::withdraw(std::unique_lock<std::mutex>& lock) {
  for (auto& mailbox : world_->mailboxes)
    std::erase_if(mailbox.messages, [&](Message* message) {
      if (message->taken || message->source != rank_ || message->channel != channel_) return false;
      *message->done = true;
      return true;
    });
  world_->mailboxes[rank_].changed.wait(lock,
                                        [&] { return std::ranges::count(sent_done_, false) == 0; });
  sent_.clear();
  sent_done_.clear();
  receives_.clear();
}

void ThreadsTransport::check() const {
  if (cancelled_) raise("rank ", place_, ": found its communicator gone before a call was done");
  const Posts& posts = world_->posts[rank_];
  posts.check();
  for (const Receive& receive : receives_)
    if (!receive.done && posts.has_finished(receive.source)) posts.raise_finished(receive.source);
  for (std::size_t i = 0; i < sent_.size(); ++i)
    if (!sent_done_[i] && !sent_[i].taken && posts.has_finished(sent_[i].peer))
      posts.raise_finished(sent_[i].peer);
}

void ThreadsTransport::start_locked(const WireMessage& message) {
  const Block& block = message.block;
  if (block.count == 0) return;
  const int other = members_[static_cast<std::size_t>(message.peer)];
  if (message.kind == Transfer::Kind::receive) {
    receives_.push_back({other, block, message.arrived});
    return;
  }
  sent_.push_back({rank_, other, channel_, block, false, &sent_done_.emplace_back(false)});
  world_->mailboxes[other].messages.push_back(&sent_.back());
  world_->mailboxes[other].changed.notify_all();
}

bool ThreadsTransport::advance(std::unique_lock<std::mutex>& lock) {
  std::vector<int> silent;  // a message that comes while we copy is for their first receive
  for (Receive& one : receives_) {
    if (one.done || std::ranges::find(silent, one.source) != silent.end()) continue;
    Message* message = find(one.source);
    if (!message) {
      silent.push_back(one.source);
      continue;
    }
    receive(lock, *message, one);
    one.done = copied_ = true;
  }
  if (std::ranges::count(sent_done_, false) > 0) return false;
  for (const Receive& one : receives_)
    if (!one.done) return false;
  sent_.clear();
  sent_done_.clear();
  receives_.clear();
  return true;
}

// The guard looks now and then, unlocked: it may come back here.
void ThreadsTransport::wait_for_change(std::unique_lock<std::mutex>& lock,
                                       std::chrono::steady_clock::time_point since) {
  constexpr auto between_guards = std::chrono::milliseconds(100);
  auto& changed = world_->mailboxes[rank_].changed;
  if (!guard_) return changed.wait(lock);
  changed.wait_for(lock, between_guards);
  const auto now = std::chrono::steady_clock::now();
  if (now - guarded_ < between_guards) return;
  guarded_ = now;
  struct Unlocked {
    explicit Unlocked(std::unique_lock<std::mutex>& held) : lock(held) { lock.unlock(); }
    ~Unlocked() { lock.lock(); }
    std::unique_lock<std::mutex>& lock;
  } unlocked(lock);
  guard_(now - since);
}

void ThreadsTransport::exchange(std::span<const Transfer> transfers, const Stream&) {
  std::unique_lock lock(world_->mutex);
  for (const Transfer& transfer : transfers) start_locked({transfer});
  const auto start = std::chrono::steady_clock::now();
  try {
    while (!advance(lock)) {
      if (std::exchange(copied_, false)) continue;  // unlocked meanwhile: look again
      check();
      wait_for_change(lock, start);
    }
  } catch (...) {
    withdraw(lock);
    throw;
  }
}

std::shared_ptr<Transport> ThreadsTransport::split(int colour, int key) {
  std::unique_lock lock(world_->mutex);
  ThreadsWorld::Split& meeting = world_->splits[{channel_, splits_++}];
  meeting.wishes[place_] = {colour, key};
  for (int member : members_) world_->mailboxes[member].changed.notify_all();
  const auto start = std::chrono::steady_clock::now();
  while (static_cast<int>(meeting.wishes.size()) < size()) {
    check();
    wait_for_change(lock, start);
  }
  std::vector<std::pair<int, int>> group;  // key and place here
  for (const auto& [place, wish] : meeting.wishes)
    if (wish.first == colour) group.emplace_back(wish.second, place);
  std::ranges::sort(group);
  std::vector<int> members;
  int place = 0;
  for (const auto& [wish, old_place] : group) {
    if (old_place == place_) place = static_cast<int>(members.size());
    members.push_back(members_[static_cast<std::size_t>(old_place)]);
  }
  auto [channel, added] = meeting.channels.try_emplace(colour, world_->channels);
  if (added) ++world_->channels;
  return std::make_shared<ThreadsTransport>(world_, std::move(members), place, channel->second);
}

}  // namespace

std::vector<std::shared_ptr<PollingTransport>> make_threads_transports(int ranks, int per_node) {
  auto world = std::make_shared<ThreadsWorld>(ranks);
  std::vector<int> members;
  for (int rank = 0; rank < ranks; ++rank) {
    members.push_back(rank);
    const int node = rank / per_node, first = node * per_node;
    world->positions.push_back({node, rank - first, std::min(per_node, ranks - first)});
  }
  std::vector<std::shared_ptr<PollingTransport>> transports;
  for (int rank = 0; rank < ranks; ++rank)
    transports.push_back(std::make_shared<ThreadsTransport>(world, members, rank, 0));
  return transports;
}

}  // namespace tutti
