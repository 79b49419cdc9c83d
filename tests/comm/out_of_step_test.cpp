// Calls that ranks do not make alike, though none of them waits for another.
#include <numeric>

#include "support/rank_errors.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/gather.h"
#include "tutti/comm/scatter.h"
#include "tutti/comm/send.h"

using namespace tutti;
using test::errors_of;

namespace {

bool any_has(const std::vector<std::string>& errors, const std::string& part) {
  for (const std::string& error : errors)
    if (error.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("roots that differ are named, though a root only sends") {
  for (int ranks : {2, 3, 4}) {
    CAPTURE(ranks);
    CHECK(any_has(errors_of(ranks,
                            [](Communicator& world) {
                              float value = static_cast<float>(world.rank());
                              broadcast(world, block_of(&value, 1), world.rank());
                            }),
                  "All ranks must name the same root"));
    CHECK(any_has(errors_of(ranks,
                            [](Communicator& world) {
                              std::vector<float> all(static_cast<std::size_t>(world.size()));
                              float mine = 0;
                              scatter(world, block_of(all.data(), all.size()), block_of(&mine, 1),
                                      world.rank());
                            }),
                  "All ranks must name the same root"));
    CHECK(any_has(errors_of(ranks,
                            [](Communicator& world) {
                              Communicator group = world.duplicate();  // gone before the body ends
                              float value = 1;
                              broadcast(group, block_of(&value, 1), world.rank());
                            }),
                  "All ranks must name the same root"));
  }
}

TEST_CASE("a call that one rank alone makes is found at the end") {
  for (int ranks : {2, 3})
    CHECK(any_has(errors_of(ranks,
                            [](Communicator& world) {
                              float value = 1;
                              barrier(world);
                              if (world.rank() == 0) broadcast(world, block_of(&value, 1), 0);
                            }),
                  "broadcast #2"));
}

TEST_CASE("a message that nobody receives is found at the end") {
  const auto errors = errors_of(2, [](Communicator& world) {
    float value = 1;
    barrier(world);
    if (world.rank() == 0) send(world, block_of(&value, 1), 1);
  });
  CHECK(any_has(errors, "expected a recv() for each send()"));
}

TEST_CASE("what ranks did alike leaves nothing behind") {
  for (int per_node : {3, 1})
    CHECK_NOTHROW(run_threads(3, per_node, [](Communicator& world) {
      Communicator group = world.split(world.rank() % 2);
      float value = 1;
      for (int i = 0; i < 200; ++i) {
        broadcast(world, block_of(&value, 1), i % 3);
        broadcast(group, block_of(&value, 1), 0);
      }
    }));
}

TEST_CASE("all-reduces of equal shape that come in another order are told apart by their labels") {
  for (int ranks : {2, 3, 4})
    for (int per_node : {ranks, 1}) {
      CAPTURE(ranks, per_node);
      const auto errors = errors_of(
          ranks,
          [](Communicator& world) {
            float a = 1, b = 2;
            const bool turned = world.rank() == 1;
            all_reduce(world, block_of(turned ? &b : &a, 1), ReduceOp::sum(),
                       {.label = turned ? "decoder" : "encoder"});
            all_reduce(world, block_of(turned ? &a : &b, 1), ReduceOp::sum(),
                       {.label = turned ? "encoder" : "decoder"});
          },
          per_node);
      CHECK(any_has(errors, "make calls of the same label in the same order"));
      CHECK(any_has(errors, "(\"decoder\")"));
      CHECK(any_has(errors, "(\"encoder\")"));
    }
}

TEST_CASE("lines are compared where that is asked for") {
  auto body = [](bool strict) {
    return [=](Communicator& world) {
      world.compare_lines(strict);
      float a = 1;
      if (world.rank() == 1)
        all_reduce(world, block_of(&a, 1), ReduceOp::sum());
      else
        all_reduce(world, block_of(&a, 1), ReduceOp::sum());
      Communicator part = world.duplicate();
      if (part.compares_lines() != strict) raise("a part compares otherwise");
    };
  };
  for (int ranks : {2, 3})
    for (int per_node : {ranks, 1}) {
      CHECK(any_has(errors_of(ranks, body(true), per_node), "make each call in the same line"));
      for (const std::string& error : errors_of(ranks, body(false), per_node)) CHECK(error.empty());
    }
}

TEST_CASE("where lines are compared, a send and its recv stand in two, and splits in one") {
  auto body = [](bool alike) {
    return [=](Communicator& world) {
      world.compare_lines(true);
      float value = 1;
      if (world.rank() == 0)
        send(world, block_of(&value, 1), 1);
      else if (world.rank() == 1)
        recv(world, block_of(&value, 1), 0);
      if (alike || world.rank() != 1)
        world.split(0);
      else
        world.split(0);
    };
  };
  for (int per_node : {3, 1}) {
    for (const std::string& error : errors_of(3, body(true), per_node)) CHECK(error.empty());
    CHECK(any_has(errors_of(3, body(false), per_node), "make each call in the same line"));
  }
}
