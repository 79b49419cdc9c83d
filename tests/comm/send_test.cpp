#include <chrono>
#include <thread>

#include "comm/communicator_state.h"
#include "comm/node/node.h"
#include "send_checks.h"
#include "support/catch.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

// What two ranks throw, each of which makes its own call.
template <class First, class Second>
std::string message(int per_node, First first, Second second, std::size_t count = 8) {
  try {
    run_threads(2, per_node, [&](Communicator& c) {
      std::vector<float> room(count);
      const Block block = block_of(room.data(), count);
      c.rank() == 0 ? first(c, block) : second(c, block);
    });
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("send, recv and send_recv between all ranks", "[comm]") {
  for (int ranks : {1, 2, 3, 4, 5})
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) { check_sends(c); }));
  for (auto [ranks, per_node] : {std::pair{4, 2}, {5, 2}, {3, 1}})
    CHECK_NOTHROW(run_threads(ranks, per_node, [](Communicator& c) { check_sends(c); }));
}

TEST_CASE("messages on two communicators do not meet", "[comm]") {
  for (int per_node : {1, 2})
    CHECK_NOTHROW(run_threads(2, per_node, [](Communicator& first) {
      Communicator second = first.duplicate();
      float a = 1, b = 2;
      const int peer = 1 - first.rank();
      if (first.rank() == 0) {
        Work one = send_async(first, block_of(&a, 1), peer);
        Work two = send_async(second, block_of(&b, 1), peer);
        one.wait(), two.wait();
      } else {  // in the other order
        a = b = 0;
        recv(second, block_of(&b, 1), peer);
        recv(first, block_of(&a, 1), peer);
        if (a != 1 || b != 2) raise("found ", a, " and ", b);
      }
    }));
}

TEST_CASE("messages that do not match are named", "[comm]") {
  const auto sends = [](Communicator& c, Block block) { send(c, block, 1); };
  for (int per_node : {1, 2}) {
    INFO(per_node << " ranks a node");
    CHECK_THAT(message(per_node, sends,
                       [](Communicator& c, Block block) { recv(c, block.slice(0, 5), 0); }),
               Contains("found 32 bytes from rank 0") && Contains("expected 20"));
    CHECK_THAT(message(per_node, sends,
                       [](Communicator& c, Block block) {
                         block.dtype = Dtype::i32;
                         recv(c, block, 0);
                       }),
               Contains("recv of i32 from rank 0 at send_test.cpp") && Contains("same dtype"));
  }
}

TEST_CASE("a message that meets a collective is named", "[comm]") {
  const auto sends = [](Communicator& c, Block block) { send(c, block, 1); };
  const auto receives = [](Communicator& c, Block block) { recv(c, block, 0); };
  const auto broadcasts = [](Communicator& c, Block block) { broadcast(c, block); };
  for (const int per_node : {1, 2})
    for (const bool crowded : {false, true})
      for (const std::size_t count : {8, 4096, 1 << 20}) {  // one step, a message, many
        INFO(per_node << " ranks a node, crowded " << crowded << ", " << count);
        const std::string call = text("broadcast #1 of ", count, " x f32, root 0 at send_test.cpp");
        const auto told = [&](auto first, auto second) {
          return message(
              per_node,
              [&](Communicator& c, Block block) {
                c.state().node->set_crowded(crowded);
                first(c, block);
              },
              [&](Communicator& c, Block block) {
                c.state().node->set_crowded(crowded);
                second(c, block);
              },
              count);
        };
        const std::string receiver = told(broadcasts, receives);
        CHECK_THAT(receiver,
                   Contains("rank 0 called " + call) &&
                       Contains("this rank called recv of f32 from rank 0 at send_test") &&
                       Contains("make the same calls in the same order"));
        const std::string sender = told(sends, broadcasts);
        const bool one_step = per_node == 2 && !crowded && count == 8;
        if (one_step)  // the message fits into the ring, and its rank ends
          CHECK_THAT(sender,
                     StartsWith("rank 1 of 2 waits for rank 0, which has already returned") &&
                         Contains(call));
        else
          CHECK_THAT(sender, Contains(call) && Contains("make the same calls in the same order"));
        if (per_node == 1) CHECK_THAT(sender, Contains("send of f32 to rank 1 at send_test"));
      }
}

TEST_CASE("a long message that meets a short collective is named", "[comm]") {
  const auto sends = [](Communicator& c, Block block) {
    c.state().node->set_crowded(false);
    send(c, block, 1);
  };
  const auto broadcasts = [](Communicator& c, Block block) {
    c.state().node->set_crowded(false);
    broadcast(c, block.slice(0, 8));
  };
  CHECK_THAT(message(2, sends, broadcasts, 1 << 20),
             Contains("broadcast #1 of 8 x f32, root 0 at send_test.cpp") &&
                 Contains("send of f32 to rank 1 at send_test.cpp") &&
                 Contains("make the same calls in the same order"));
}

TEST_CASE("a rank in the next collective does not disturb messages of others", "[comm]") {
  for (const std::size_t count : {1, 1 << 20})
    CHECK_NOTHROW(run_threads(3, [&](Communicator& c) {
      std::vector<float> out(count, float(c.rank())), in(count, 7);
      const Block sent = block_of(out.data(), count), got = block_of(in.data(), count);
      if (c.rank() == 0) send_recv(c, sent, 1, got, 2);
      if (c.rank() == 1) recv(c, got, 0);
      if (c.rank() == 2) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        send(c, sent, 0);
      }
      barrier(c);
      if (c.rank() == 0 && in.back() != 2) raise("rank 0 found ", in.back());
      if (c.rank() == 1 && in.back() != 0) raise("rank 1 found ", in.back());
    }));
}

TEST_CASE("a rank that has taken its message may return before another comes", "[comm]") {
  for (int per_node : {3, 1})
    CHECK_NOTHROW(run_threads(3, per_node, [](Communicator& c) {
      float out = 1, in = 0;
      if (c.rank() == 0) send_recv(c, block_of(&out, 1), 1, block_of(&in, 1), 2);
      if (c.rank() == 1) recv(c, block_of(&in, 1), 0);
      if (c.rank() == 2) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        send(c, block_of(&out, 1), 0);
      }
      if (c.rank() != 2 && in != 1) raise("found ", in);
    }));
}

TEST_CASE("a message that will not come any more is an error", "[comm]") {
  for (int per_node : {1, 2}) {
    INFO(per_node << " ranks a node");
    CHECK_THAT(message(
                   per_node, [](Communicator&, Block) {},
                   [](Communicator& c, Block block) { recv(c, block, 0); }),
               StartsWith("rank 1 of 2 waits for rank 0, which has already returned"));
  }
}

TEST_CASE("send and recv refuse what they cannot do", "[comm]") {
  const auto nothing = [](Communicator&, Block) {};
  CHECK_THAT(message(
                 2, [](Communicator& c, Block block) { send(c, block, 2); }, nothing),
             Contains("rank 0 of 2, send at send_test.cpp:") &&
                 Contains(": found rank 2, expected another rank, 0 to 1"));
  CHECK_THAT(message(
                 2, [](Communicator& c, Block block) { recv(c, block, 0); }, nothing),
             Contains("rank 0 of 2, recv at send_test.cpp:") &&
                 Contains(": found rank 0, expected another rank"));
  CHECK_THAT(message(
                 2,
                 [](Communicator& c, Block) {
                   send(c, {nullptr, 3}, 1);
                 },
                 nothing),
             Contains("found no memory, expected 3 x f32"));
  CHECK_THAT(message(
                 2,
                 [](Communicator& c, Block block) {
                   Block other = block.slice(4, 8);
                   other.dtype = Dtype::i32;
                   send_recv(c, block.slice(0, 4), 1, other, 1);
                 },
                 nothing),
             Contains("found i32 on cpu, expected f32 on cpu"));
}
