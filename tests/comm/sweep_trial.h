// One call of all ranks, of which the last one does something else.
#pragma once

#include <atomic>
#include <future>
#include <thread>

#include "comm/node/greeting.h"
#include "comm/node/node_transport.h"
#include "comm/posts.h"
#include "comm/threads_transport.h"
#include "sweep.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/symmetric.h"
#include "tutti/comm/threads.h"

namespace tutti::test::sweep {

// How often a cell is tried: everywhere it must come out.
struct Setting {
  int ranks, per_node;
  std::size_t count;
  int root, option;
  const Prepare* form;
};

struct Result {
  std::vector<std::string> errors;  ///< by rank
  std::string noted;                ///< what was told when all had ended
  bool right = true;                ///< on all ranks
};

// Another call, whose order is another one.
inline void call_another(Communicator& world, const Call& call) {
  if (call.name.starts_with("barrier")) {
    double value = 1;
    all_reduce(world, block_of(&value, 1), ReduceOp::sum());
  } else {
    barrier(world);
  }
}

class Trial {
 public:
  Trial(const Call& call, const Column& column, const Setting& setting)
      : call_(call), column_(column), setting_(setting), last_(setting.ranks - 1) {
    usual_.count = usual_.usual_count = usual_.last_count = setting.count;
    usual_.root = setting.root;
    usual_.in_background = call.in_background;
    others_ = usual_;
    others_.option = setting.option;
    if (column.change) column.change(others_, last_);
    if (column.name == "root" && call.has("peer")) others_.root = 1;
    usual_.last_count = others_.last_count = others_.count;
  }

  Result run() {
    Result result;
    result.errors.resize(static_cast<std::size_t>(setting_.ranks));
    if (column_.way == Way::forged) {
      run_forged(result);
      return result;
    }
    std::atomic<bool> right = true;
    try {
      run_threads(setting_.ranks, setting_.per_node, [&](Communicator& world) {
        const Ended ended(ended_);
        std::string& error = result.errors[static_cast<std::size_t>(world.rank())];
        try {
          if (!play(world)) right = false;
        } catch (const Error& e) {
          error = e.what();
          throw;
        }
      });
    } catch (const Error& e) {
      result.noted = e.what();
    }
    result.right = right;
    return result;
  }

 private:
  struct Ended {
    explicit Ended(std::atomic<int>& c) : count(c) {}
    ~Ended() { ++count; }
    std::atomic<int>& count;
  };

  bool play(Communicator& world) {
    const bool last = world.rank() == last_;
    Arguments mine = last ? others_ : usual_;
    Buffer buffer;
    if (column_.name == "memory") {
      buffer = symmetric_buffer(world, (2 * usual_.count + 64) * sizeof(float));
      if (last) mine.memory = static_cast<std::byte*>(buffer.data());
    }
    Once once = (*setting_.form)(world, mine);
    if (!last) {
      const bool right = once();
      if (column_.way == Way::other_order) call_another(world, call_);
      return right && (column_.way != Way::once_less || once());
    }
    using namespace std::chrono_literals;
    switch (column_.way) {
      case Way::other_order:
        call_another(world, call_);
        break;
      case Way::once_more:
        if (!once()) return false;
        break;
      case Way::absent:  // until all others have given up
        while (ended_ < last_) std::this_thread::sleep_for(1ms);
        return true;
      case Way::thread:
        return std::async(std::launch::async, once).get();
      case Way::late:
        std::this_thread::sleep_for(200ms);
        break;
      case Way::strict:
        world.compare_lines(true);
        break;
      default:
        break;
    }
    return once();
  }

  // The last rank greets all others as no rank of this version would.
  void run_forged(Result& result) {
    const auto wires = make_threads_transports(setting_.ranks, 1);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < setting_.ranks; ++rank)
      threads.emplace_back([&, rank, mine = wires[static_cast<std::size_t>(rank)]] {
        const Ended ended(ended_);
        std::exception_ptr error;
        try {
          Communicator world(std::make_shared<NodeTransport>(mine));
          const Once once = (*setting_.form)(world, usual_);
          rank == last_ ? forge(*mine) : void(once());
        } catch (const Error& e) {
          result.errors[static_cast<std::size_t>(rank)] = e.what();
          error = std::current_exception();
        }
        mine->post(post_of(error, rank));
      });
    for (std::thread& thread : threads) thread.join();
  }

  void forge(PollingTransport& wires) {
    std::vector<std::uint8_t> data(usual_.count * sizeof(float));
    Greeting greeting;
    std::vector<std::vector<std::uint8_t>> frames;
    for (int peer = 0; peer < last_; ++peer) {
      const WireMessage right = greeting.to_send({{.sequence = 1}, "train.cpp:88"},
                                                 send_to(peer, block_of(data.data(), data.size())));
      const auto* begin = static_cast<const std::uint8_t*>(right.block.data);
      auto& frame = frames.emplace_back(begin, begin + right.block.bytes());
      if (column_.name == "version")
        ++mark_of(frame);
      else
        for (std::size_t word = 0; word < sizeof(Greeting::Head) - 48; word += 8)
          std::reverse(frame.begin() + std::ptrdiff_t(word),
                       frame.begin() + std::ptrdiff_t(word + 8));
    }
    std::vector<WireMessage> messages;
    for (int peer = 0; peer < last_; ++peer) {
      auto& frame = frames[static_cast<std::size_t>(peer)];
      messages.push_back({send_to(peer, block_of(frame.data(), frame.size()))});
    }
    wires.start(messages);
    while (!wires.advance() && ended_ < last_)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    while (ended_ < last_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    wires.abandon();
  }

  // The byte that counts layouts, behind the length of a site of 12 characters.
  static std::uint8_t& mark_of(std::vector<std::uint8_t>& frame) {
    constexpr std::uint8_t mark[] = {12, 2, 0x75, 0x54};
    const auto found = std::ranges::search(frame, mark);
    if (found.empty()) raise("found no mark in a greeting");
    return found.begin()[1];
  }

  const Call& call_;
  const Column& column_;
  const Setting& setting_;
  int last_;
  Arguments usual_, others_;
  std::atomic<int> ended_ = 0;
};

}  // namespace tutti::test::sweep
