// What collectives say about arguments that do not fit, and calls that differ among ranks.
#include <functional>
#include <regex>

#include "movement_checks.h"
#include "support/catch.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/reduce.h"
#include "tutti/comm/send.h"
#include "tutti/comm/symmetric.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

namespace {

using CallOn = std::function<void(Communicator&, Block)>;

// The message of rank 0's call with eight floats on two ranks, whose other rank makes none; "" if
// anything was thrown but an Error of rank 0 alone.
std::string refusal(const CallOn& call) {
  std::string message;
  float room[8] = {};
  try {
    run_threads(2, [&](Communicator& c) {
      if (c.rank() == 0) call(c, block_of(room, 8));
    });
  } catch (const PeerFailed&) {
  } catch (const Error& e) {
    message = e.what();
  }
  return message;
}

Block retyped(Block block, Dtype dtype) {
  block.dtype = dtype;
  return block;
}

}  // namespace

TEST_CASE("collectives refuse arguments that do not fit, before anything is sent", "[comm]") {
  const CountsOf two{3, 5}, three{3, 5, 0}, long_sum{3, 6};
  const Block null{nullptr, 8, Dtype::f32, {}};
  const std::pair<CallOn, std::string> cases[] = {
      {[](auto& c, Block b) { broadcast(c, b, 2); },
       "broadcast #1 at arguments_test.cpp:LINE, rank 0 of 2: found root 2"},
      {[&](auto& c, Block) { broadcast(c, null); }, "found no memory for the result"},
      {[](auto& c, Block b) { broadcast(c, b.slice(0, 4), b); },
       "found 4 x f32 on cpu for the input"},
      {[](auto& c, Block b) { reduce(c, b, ReduceOp::sum(), -1); },
       "found root -1, expected 0 to 1"},
      {[](auto& c, Block b) { reduce(c, b, b.slice(0, 7), ReduceOp::sum()); },
       "found 7 x f32 on cpu for the result, expected 8 x f32"},
      {[](auto& c, Block b) { reduce(c, retyped(b, Dtype::i32), ReduceOp::average()); },
       "reduce #1 at arguments_test.cpp:LINE, rank 0 of 2: found an average of i32"},
      {[](auto& c, Block b) { reduce_scatter(c, b, b.slice(0, 3), ReduceOp::sum()); },
       "found 3 x f32 on cpu for the result, expected 4 x f32"},
      {[](auto& c, Block b) { gather(c, b.slice(0, 4), b, 7); }, "found root 7"},
      {[](auto& c, Block b) { gather(c, b.slice(0, 5), b); },
       "gather #1 at arguments_test.cpp:LINE, rank 0 of 2: found 5 x f32 on cpu for this rank's "
       "part, expected 4 x f32"},
      {[](auto& c, Block b) { gather(c, retyped(b.slice(0, 4), Dtype::i32), b); },
       "found 4 x i32 on cpu for this rank's part, expected 4 x f32"},
      {[&](auto& c, Block b) { gather(c, b.slice(0, 4), null); }, "found no memory for the result"},
      {[&](auto& c, Block b) { gather_v(c, b.slice(0, 3), b, three); },
       "gather_v #1 at arguments_test.cpp:LINE, rank 0 of 2: found 3 counts for the result, "
       "expected 2"},
      {[&](auto& c, Block b) { gather_v(c, b.slice(0, 3), b, long_sum); },
       "found counts of together 9 for the result, expected 8"},
      {[&](auto& c, Block b) { gather_v(c, b.slice(0, 4), b, two); },
       "found 4 x f32 on cpu for this rank's part, expected 3 x f32"},
      {[](auto& c, Block b) { scatter(c, b, b.slice(0, 4), -1); }, "found root -1"},
      {[](auto& c, Block b) { scatter(c, b, b.slice(0, 3)); },
       "scatter #1 at arguments_test.cpp:LINE, rank 0 of 2: found 3"},
      {[&](auto& c, Block b) { scatter(c, null, b.slice(0, 4)); }, "found no memory for the input"},
      {[&](auto& c, Block b) { scatter_v(c, b, b.slice(0, 3), three); }, "found 3 counts"},
      {[](auto& c, Block b) { all_gather(c, b.slice(0, 3), b); },
       "all_gather #1 at arguments_test.cpp:LINE, rank 0 of 2: found 3"},
      {[&](auto& c, Block b) { all_gather_v(c, b.slice(0, 3), b, long_sum); }, "together 9"},
      {[](auto& c, Block b) { all_to_all(c, b.slice(0, 7), b.slice(0, 7)); },
       "found 7 x f32, expected a multiple of 2 ranks"},
      {[](auto& c, Block b) { all_to_all(c, b, b.slice(0, 6)); },
       "found 6 x f32 on cpu for the result"},
      {[&](auto& c, Block b) {
         all_to_all_v(c, b, two, b, CountsOf{5, 3});
       },
       "found 3 elements to itself and 5 from itself"},
      {[&](auto& c, Block b) { all_to_all_v(c, b, two, b, three); },
       "found 3 counts for the result"},
      // Asynchronous forms refuse in the call, not in wait().
      {[](auto& c, Block b) { (void)broadcast_async(c, b, 2); }, "found root 2"},
      {[](auto& c, Block b) { (void)reduce_async(c, b, ReduceOp::sum(), 2); }, "found root 2"},
      {[](auto& c, Block b) { (void)gather_async(c, b, b); },
       "found 8 x f32 on cpu for this rank's part"},
      {[](auto& c, Block b) { (void)reduce_scatter_async(c, b, b, ReduceOp::sum()); },
       "found 8 x f32"},
      {[&](auto& c, Block b) { (void)scatter_v_async(c, b, b, three); }, "found 3 counts"},
  };
  for (const auto& [call, expected] : cases) {
    const std::string found =
        std::regex_replace(refusal(call), std::regex("cpp:[0-9]+"), "cpp:LINE");
    CHECK_THAT(found, Catch::Matchers::Contains(expected));
  }
}

TEST_CASE("collectives that differ among ranks are named", "[comm]") {
  const auto message = [](const CallOn& first, const CallOn& second) -> std::string {
    try {
      run_threads(2, [&](Communicator& c) {
        float room[8] = {};
        (c.rank() == 0 ? first : second)(c, block_of(room, 8).slice(0, 4));
      });
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  using Catch::Matchers::Contains;
  const CallOn to_0 = [](auto& c, Block b) { reduce(c, b, ReduceOp::sum(), 0); };
  const CallOn to_1 = [](auto& c, Block b) { reduce(c, b, ReduceOp::sum(), 1); };
  CHECK_THAT(message(to_0, to_1),
             Contains("reduce #1 of 4 x f32, sum, root 0 at arguments_test.cpp") &&
                 Contains("All ranks must name the same root"));
  const CallOn gathers = [](auto& c, Block b) { gather(c, b.slice(0, 2), b); };
  const CallOn scatters = [](auto& c, Block b) { scatter(c, b, b.slice(0, 2)); };
  CHECK_THAT(message(gathers, scatters), Contains("gather #1 of 4 x f32, root 0") &&
                                             Contains("scatter #1 of 4 x f32, root 0") &&
                                             Contains("make the same calls in the same order"));
  const CallOn in_place = [](auto& c, Block b) { all_to_all(c, b, b); };
  const CallOn beside = [](auto& c, Block b) {
    float room[4];
    all_to_all(c, b, block_of(room, 4));
  };
  CHECK_THAT(message(in_place, beside),
             Contains("all_to_all #1 of 4 x f32, in place at arguments_test.cpp") &&
                 Contains("All ranks must call it in place, or none of them"));
  const CallOn even = [](auto& c, Block b) {
    all_to_all_v(c, b, CountsOf{2, 2}, b, CountsOf{2, 2});
  };
  const CallOn uneven = [](auto& c, Block b) {
    all_to_all_v(c, b, CountsOf{3, 1}, b, CountsOf{3, 1});
  };
  CHECK_THAT(message(even, uneven), Contains("found 8 bytes from rank 0 in all_to_all #1") ||
                                        Contains("found 12 bytes from rank 1 in all_to_all #1"));
}

TEST_CASE("sizes of symmetric memory that differ are named before they are relied on", "[comm]") {
  for (std::size_t other : {4095, 4097, 40960, 0})
    CHECK_THROWS_WITH(
        run_threads(2, [&](Communicator& c) { symmetric_buffer(c, c.rank() == 0 ? 4096 : other); }),
        Catch::Matchers::Contains("All ranks must pass the same count"));
}

TEST_CASE("parts that only one of two ranks knows of are named", "[comm]") {
  // Of rank 1 for rank 0, or the other way round: few, or more than travel with a greeting.
  for (std::size_t part : {1, 10000})
    for (int per_node : {2, 1})
      for (bool sent : {true, false}) {
        INFO(part << " elements " << (sent ? "sent" : "expected") << "; " << per_node
                  << " ranks per node");
        const auto body = [&](Communicator& c) {
          std::vector<float> in(part), out(part);
          const CountsOf none{0, 0}, some = c.rank() == 0 ? CountsOf{0, part} : CountsOf{part, 0};
          const bool knows = (c.rank() == 1) == sent;
          const CountsOf &to = knows && sent ? some : none, &from = knows && !sent ? some : none;
          all_to_all_v(c, block_of(in.data(), to[0] + to[1]), to,
                       block_of(out.data(), from[0] + from[1]), from);
          barrier(c);  // who only sends is told here
        };
        CHECK_THROWS_WITH(run_threads(2, per_node, body),
                          Catch::Matchers::Contains("both must pass the same count"));
      }
}

TEST_CASE("no elements are a message, too", "[comm]") {
  for (int per_node : {2, 1})
    for (std::size_t sent : {0, 3}) {
      const auto body = [&](Communicator& c) {
        float data[3] = {};
        if (c.rank() == 0) send(c, block_of(data, sent), 1);
        if (c.rank() == 1) recv(c, block_of(data, 3 - sent), 0);
        barrier(c);
      };
      CHECK_THROWS_WITH(run_threads(2, per_node, body),
                        Catch::Matchers::Contains(text("found ", sent * sizeof(float), " bytes")));
    }
}

TEST_CASE("counts that differ among ranks are named by all of them", "[comm]") {
  using Form = void (*)(Communicator&, Block mine, Block all, const CountsOf& counts);
  const std::pair<const char*, Form> forms[] = {
      {"all_gather_v", [](Communicator& c, Block mine, Block all,
                          const CountsOf& counts) { all_gather_v(c, mine, all, counts); }},
      {"gather_v", [](Communicator& c, Block mine, Block all,
                      const CountsOf& counts) { gather_v(c, mine, all, counts); }},
      {"scatter_v", [](Communicator& c, Block mine, Block all,
                       const CountsOf& counts) { scatter_v(c, all, mine, counts); }},
  };
  const std::pair<CountsOf, CountsOf> counts_of_ranks[] = {{{2, 1}, {1, 2}}, {{1, 0}, {0, 1}}};
  for (const auto& [name, form] : forms)
    for (const auto& [first, second] : counts_of_ranks)
      for (int per_node : {2, 1}) {
        std::string messages[2];
        const auto body = [&, call = form, &a = first, &b = second](Communicator& c) {
          const CountsOf& counts = c.rank() == 0 ? a : b;
          float all[3] = {}, mine[2] = {};
          try {
            call(c, block_of(mine, counts[std::size_t(c.rank())]),
                 block_of(all, counts[0] + counts[1]), counts);
            barrier(c);  // who only sends is told here
          } catch (const Error& e) {
            messages[c.rank()] = e.what();
            throw;
          }
        };
        INFO(name << " of " << first[0] << ", " << first[1] << " and " << second[0] << ", "
                  << second[1] << "; " << per_node << " ranks per node");
        CHECK_THROWS_AS(run_threads(2, per_node, body), Error);
        for (const std::string& message : messages)
          CHECK_THAT(message, Catch::Matchers::Contains("same counts"));
      }
}

TEST_CASE("a colour below 0 is refused by all that pass it", "[comm]") {
  std::string messages[3];
  run_threads(3, [&](Communicator& c) {
    try {
      c.split(-1);
    } catch (const Error& e) {
      messages[c.rank()] = e.what();
    }
  });
  for (int rank = 0; rank < 3; ++rank)
    CHECK_THAT(messages[rank],
               Catch::Matchers::Contains(text(", rank ", rank, " of 3: found colour -1")));
}

TEST_CASE("two communicators, called in another order by every rank", "[comm]") {
  CHECK_NOTHROW(run_threads(4, [](Communicator& first) {
    Communicator second = first.duplicate();
    std::vector<float> a(4 * 5000, float(first.rank())), b(4 * 3, float(first.rank()));
    const Block x = block_of(a.data(), a.size()), y = block_of(b.data(), b.size());
    std::vector<Work> works;
    const auto on_first = [&] {
      works.push_back(reduce_async(first, x, ReduceOp::sum(), 3));
      works.push_back(broadcast_async(first, x, 3));
      works.push_back(all_to_all_async(first, x, x));
      works.push_back(barrier_async(first));
    };
    const auto on_second = [&] {
      works.push_back(all_gather_async(second, share(y, second.rank(), 4), y));
      works.push_back(scatter_async(second, y, share(y, second.rank(), 4), 2));
      works.push_back(gather_async(second, share(y, second.rank(), 4), y, 1));
    };
    if (first.rank() % 2)
      on_first(), on_second();
    else
      on_second(), on_first();
    for (auto work = works.rbegin(); work != works.rend(); ++work) work->wait();
    if (std::ranges::count(a, 6.0f) != std::ptrdiff_t(a.size())) raise("wrong sum");
    for (std::size_t i = 0; i < 3; ++i)
      if (b[3 * std::size_t(second.rank()) + i] != float(second.rank())) raise("wrong part");
  }));
}

TEST_CASE("a count that no memory holds is an error of every call", "[comm]") {
  using Call = void (*)(Communicator&, Block);
  const Call calls[] = {
      [](Communicator& c, Block b) { all_reduce(c, b, ReduceOp::sum()); },
      [](Communicator& c, Block b) { reduce(c, b, ReduceOp::sum(), 0); },
      [](Communicator& c, Block b) { broadcast(c, b); },
      [](Communicator& c, Block b) { all_gather(c, b, b); },
      [](Communicator& c, Block b) { gather(c, b, b); },
      [](Communicator& c, Block b) { scatter(c, b, b); },
      [](Communicator& c, Block b) { reduce_scatter(c, b, b, ReduceOp::sum()); },
      [](Communicator& c, Block b) { all_to_all(c, b, b); },
      [](Communicator& c, Block b) { c.rank() == 0 ? send(c, b, 1) : recv(c, b, 0); },
  };
  for (const Call call : calls)
    for (const std::size_t count : {std::size_t{0} - 4, (std::size_t{1} << 62) + 4}) {
      float data[4] = {};
      CHECK_THROWS_WITH(run_threads(2, [&](Communicator& c) { call(c, block_of(data, count)); }),
                        Catch::Matchers::Contains(text("found ", count, " x f32")) &&
                            Catch::Matchers::Contains("was the count negative?"));
    }
}

TEST_CASE("an input and a result that overlap are an error", "[comm]") {
  using Call = void (*)(Communicator&, Block, Block);
  const Call calls[] = {
      [](Communicator& c, Block in, Block out) { all_reduce(c, in, out, ReduceOp::sum()); },
      [](Communicator& c, Block in, Block out) { reduce(c, in, out, ReduceOp::sum(), 0); },
      [](Communicator& c, Block in, Block out) { broadcast(c, in, out, 0); },
      [](Communicator& c, Block in, Block out) { all_to_all(c, in, out); },
  };
  for (const Call call : calls)
    for (const int shift : {-3, -1, 1, 3, -4, 0, 4}) {
      INFO(shift);
      const auto body = [&](Communicator& c) {
        float data[12] = {};
        call(c, block_of(data + 4, 4), block_of(data + 4 + shift, 4));
      };
      if (shift % 4 == 0)
        CHECK_NOTHROW(run_threads(2, body));
      else
        CHECK_THROWS_WITH(run_threads(2, body), Catch::Matchers::Contains("that overlap"));
    }
}
