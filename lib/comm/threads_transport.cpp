#include "comm/threads_transport.h"

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "comm/posts.h"

namespace tutti {

class ThreadsWorld {
 public:
  explicit ThreadsWorld(int ranks) : mailboxes(ranks) {
    for (int r = 0; r < ranks; ++r) posts.emplace_back(r, ranks);
  }

  // A send that waits in its receiver's mailbox. `taken` while the receiver copies.
  struct Message {
    int source;
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
  std::vector<Posts> posts;                     ///< one view a rank
  std::map<std::pair<int, int>, int> children;  ///< (channel, its n-th duplicate) to a new channel
};

namespace {

class ThreadsTransport : public Transport {
 public:
  ThreadsTransport(std::shared_ptr<ThreadsWorld> world, int rank, int channel)
      : world_(std::move(world)), rank_(rank), channel_(channel) {}

  std::string_view name() const override { return "threads"; }
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(world_->mailboxes.size()); }
  Position position() const override { return {0, rank_, size()}; }
  bool threads_allowed() const override { return true; }

  void exchange(std::span<const Transfer> transfers, const Stream&) override;

  void post(const Post& post) override {
    std::lock_guard lock(world_->mutex);
    for (Posts& view : world_->posts) view.record(rank_, post);
    for (auto& mailbox : world_->mailboxes) mailbox.changed.notify_all();
  }

  void cancel() noexcept override {
    std::lock_guard lock(world_->mutex);
    cancelled_ = true;
    world_->mailboxes[rank_].changed.notify_all();
  }

  std::shared_ptr<Transport> duplicate() override {
    std::lock_guard lock(world_->mutex);
    int next = static_cast<int>(world_->children.size()) + 1;
    auto [child, added] = world_->children.try_emplace({channel_, duplicates_++}, next);
    return std::make_shared<ThreadsTransport>(world_, rank_, child->second);
  }

 private:
  using Message = ThreadsWorld::Message;
  Message* find(int source);
  void receive(std::unique_lock<std::mutex>& lock, Message& message, Block to);
  void withdraw(std::unique_lock<std::mutex>& lock, std::deque<Message>& sent,
                const std::deque<bool>& done);

  std::shared_ptr<ThreadsWorld> world_;
  int rank_;
  int channel_;
  int duplicates_ = 0;
  bool cancelled_ = false;
};

ThreadsTransport::Message* ThreadsTransport::find(int source) {
  for (Message* message : world_->mailboxes[rank_].messages)
    if (message->source == source && message->channel == channel_ && !message->taken)
      return message;
  return nullptr;
}

void ThreadsTransport::receive(std::unique_lock<std::mutex>& lock, Message& message, Block to) {
  auto& messages = world_->mailboxes[rank_].messages;
  std::size_t found = message.block.bytes();
  message.taken = true;
  if (found == to.bytes()) {
    lock.unlock();  // the sender leaves a taken message alone
    std::memcpy(to.data, message.block.data, found);
    lock.lock();
  }
  std::erase(messages, &message);
  *message.done = true;
  int source = message.source;
  world_->mailboxes[source].changed.notify_all();
  if (found != to.bytes())
    raise("rank ", rank_, " of ", size(), ": found ", found, " bytes from rank ", source,
          ", expected ", to.bytes(), "; all ranks must pass the same count and dtype");
}

// Takes back what nobody has begun to read, and waits for readers.
void ThreadsTransport::withdraw(std::unique_lock<std::mutex>& lock, std::deque<Message>& sent,
                                const std::deque<bool>& done) {
  for (auto& mailbox : world_->mailboxes)
    std::erase_if(mailbox.messages, [&](Message* message) {
      if (message->taken || message->source != rank_ || message->channel != channel_) return false;
      *message->done = true;
      return true;
    });
  world_->mailboxes[rank_].changed.wait(lock, [&] {
    for (std::size_t i = 0; i < sent.size(); ++i)
      if (!done[i]) return false;
    return true;
  });
}

void ThreadsTransport::exchange(std::span<const Transfer> transfers, const Stream&) {
  std::deque<Message> sent;
  std::deque<bool> done;
  std::unique_lock lock(world_->mutex);
  for (const Transfer& t : transfers) {
    if (t.kind != Transfer::Kind::send || t.block.count == 0) continue;
    sent.push_back({rank_, channel_, t.block, false, &done.emplace_back(false)});
    world_->mailboxes[t.peer].messages.push_back(&sent.back());
    world_->mailboxes[t.peer].changed.notify_all();
  }
  auto check = [&](int peer) {
    if (cancelled_) raise("rank ", rank_, ": found its communicator gone before a call was done");
    world_->posts[rank_].check();
    if (world_->posts[rank_].has_finished(peer)) world_->posts[rank_].raise_finished(peer);
  };
  try {
    for (const Transfer& t : transfers) {
      if (t.kind != Transfer::Kind::receive || t.block.count == 0) continue;
      Message* message;
      while (!(message = find(t.peer))) {
        check(t.peer);
        world_->mailboxes[rank_].changed.wait(lock);
      }
      receive(lock, *message, t.block);
    }
    std::size_t i = 0;
    for (const Transfer& t : transfers) {
      if (t.kind != Transfer::Kind::send || t.block.count == 0) continue;
      for (; !done[i]; world_->mailboxes[rank_].changed.wait(lock))
        if (!sent[i].taken) check(t.peer);
      ++i;
    }
  } catch (...) {
    withdraw(lock, sent, done);
    throw;
  }
}

}  // namespace

std::vector<std::shared_ptr<Transport>> make_threads_transports(int ranks) {
  auto world = std::make_shared<ThreadsWorld>(ranks);
  std::vector<std::shared_ptr<Transport>> transports;
  for (int r = 0; r < ranks; ++r)
    transports.push_back(std::make_shared<ThreadsTransport>(world, r, 0));
  return transports;
}

}  // namespace tutti
