#include <chrono>
#include <limits>
#include <thread>

#include "all_reduce_checks.h"
#include "support/catch.h"
#include "support/counting_transport.h"
#include "support/quick.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const std::vector<int> counts_of_ranks = rank_counts({1, 2, 3, 4, 5, 7, 8});

}  // namespace

TEST_CASE("every algorithm reduces every dtype by every operator", "[comm]") {
  for (int ranks : counts_of_ranks)
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) {
      for (const Algorithm& row : all_reduce_table()) check_row(c, row);
    }));
}

TEST_CASE("every algorithm reduces on several nodes", "[comm]") {
  for (auto [ranks, per_node] : {std::pair{4, 2}, {6, 2}, {6, 3}, {8, 4}, {5, 2}, {3, 1}})
    CHECK_NOTHROW(run_threads(ranks, per_node, [](Communicator& c) {
      for (const Algorithm& row : all_reduce_table()) {
        check_row(c, row);
        if (fits(c, row, 100003)) check_whole<float>(c, row.name, ReduceOp::sum(), 100003);
      }
    }));
}

TEST_CASE("every algorithm reduces a long block", "[comm]") {
  const std::size_t count = 1000003;
  for (int ranks : counts_of_ranks) {
    std::vector<float> expected(count);
    for (std::size_t i = 0; i < count; ++i)
      expected[i] = reduced_whole<float>(ReduceOp::sum(), ranks, i);
    CHECK_NOTHROW(run_threads(ranks, [&](Communicator& c) {
      const auto input = fill<float>(whole<float>, c.rank(), count);
      for (const Algorithm& row : all_reduce_table()) {
        if (!fits(c, row, count)) continue;
        auto data = input;
        all_reduce(c, block_of(data.data(), count), ReduceOp::sum(), {.algorithm = row.name});
        if (data != expected) raise(row.name, " on ", c.size(), " ranks: wrong sum");
      }
    }));
  }
}

TEST_CASE("a canonical sum has the same bits however the data is cut", "[comm]") {
  for (int ranks : rank_counts({2, 3, 5, 6, 7, 8, 11}))
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) {
      const std::size_t count = 5000;
      auto data = fill<float>(random<float>, c.rank(), count);
      std::size_t begin = 0;
      for (std::uint64_t piece = 0; begin < count; ++piece) {
        std::size_t length = Philox(3).at(0, piece)[0] % 700;
        std::size_t end = std::min(begin + length, count);
        all_reduce(c, block_of(data.data(), count).slice(begin, end), ReduceOp::average());
        begin = end;
      }
      std::vector<float> x(c.size());
      for (std::size_t i = 0; i < count; ++i) {
        for (int r = 0; r < c.size(); ++r) x[r] = random<float>(r, i);
        float expected = canonical_sum(x, 0, x.size()) / static_cast<float>(c.size());
        if (!same_bits(data[i], expected)) raise("found ", data[i], ", expected ", expected);
      }
    }));
}

TEST_CASE("what is not canonical differs in its bits", "[comm]") {
  // Shows that the test above can tell orders apart.
  bool differs = false;
  run_threads(5, [&](Communicator& c) {
    auto a = fill<float>(random<float>, c.rank(), 1000), b = a;
    all_reduce(c, block_of(a.data(), a.size()), ReduceOp::sum());
    all_reduce(c, block_of(b.data(), b.size()), ReduceOp::sum(), {.algorithm = "ring"});
    if (c.rank() == 0) differs = a != b;
  });
  CHECK(differs);
}

TEST_CASE("steps and bytes are what the rows claim", "[comm]") {
  for (const Algorithm& row : all_reduce_table()) {
    if (!row.steps || !row.fits({2, 1, Dtype::f32, ReduceOp::sum(), Order::any})) continue;
    for (int ranks : rank_counts({2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16}))
      for (std::size_t count : {std::size_t{1}, std::size_t(ranks - 1), std::size_t(ranks),
                                std::size_t{1000}, std::size_t{1003}, std::size_t{100003}}) {
        std::vector<std::int64_t> steps(ranks);
        std::vector<std::size_t> bytes(ranks);
        run_threads(ranks, [&](Communicator& threads) {
          auto counter = std::make_shared<CountingTransport>(threads.shared_transport());
          Communicator c(counter);
          std::vector<float> data(count, 1);
          all_reduce(c, block_of(data.data(), count), ReduceOp::sum(), {.algorithm = row.name});
          steps[c.rank()] = counter->steps();
          bytes[c.rank()] = counter->bytes_sent();
        });
        Problem problem{ranks, count, Dtype::f32, ReduceOp::sum(), Order::any};
        INFO(row.name << " on " << ranks << " ranks, count " << count);
        if (count >= std::size_t(ranks))
          CHECK(*std::ranges::max_element(steps) == row.steps(problem));
        else
          CHECK(*std::ranges::max_element(steps) <= row.steps(problem));
        CHECK(*std::ranges::max_element(bytes) == row.bytes(problem));
      }
  }
}

TEST_CASE("the default is canonical unless any order will do", "[comm]") {
  for (int ranks = 2; ranks < 20; ++ranks)
    for (std::size_t count = 1; count < (std::size_t{1} << 32); count *= 7) {
      Problem problem{ranks, count, Dtype::f32, ReduceOp::sum(), Order::canonical};
      CHECK(choose_all_reduce(problem, {}).canonical(problem));
    }
}

TEST_CASE("where rounding is dear, ranks round only their shares", "[comm]") {
  Layout layout;
  layout.per_node = 2;
  layout.contiguous = layout.shared = true;
  CostModel model = default_cost_model();
  const auto chosen = [&](Dtype dtype) {
    const Problem problem{
        2, 128, dtype, ReduceOp::sum(), Order::canonical, layout, Memory::symmetric};
    return choose_all_reduce(problem, model).name;
  };
  model.rounding = {0, 0};
  CHECK(chosen(Dtype::bf16) == "one_shot");
  model.rounding.bf16 = 1e-8;
  CHECK(chosen(Dtype::bf16) == "direct");
  CHECK(chosen(Dtype::f16) == "one_shot");
  CHECK(chosen(Dtype::f32) == "one_shot");
}

TEST_CASE("symmetric memory is ordinary memory where a node has a single rank", "[comm]") {
  CHECK_NOTHROW(run_threads(3, 2, [](Communicator& c) {
    const Buffer buffer = symmetric_buffer(c, 4096);
    auto* data = static_cast<float*>(buffer.data());
    std::fill_n(data, 1024, 1.0f);
    all_reduce(c, block_of(data, 1024), ReduceOp::sum());
    if (data[1023] != 3) raise("found ", data[1023]);
  }));
}

TEST_CASE("two other places in symmetric memory are named", "[comm]") {
  // Rank 0 reduces slot 3 into slot 0, rank 1 slot 0 into slot 1, and other pairs like it.
  constexpr std::size_t slot = 1024;
  for (int factor : {1, 2, 3, 5})
    CHECK_THROWS_WITH(run_threads(2,
                                  [&](Communicator& c) {
                                    const Buffer buffer = symmetric_buffer(c, 8 * 4 * slot);
                                    auto* data = static_cast<float*>(buffer.data());
                                    const auto at = [&](int k) {
                                      return block_of(data + slot * std::size_t(k), slot);
                                    };
                                    if (c.rank() == 0)
                                      all_reduce(c, at(factor), at(0), ReduceOp::sum());
                                    else
                                      all_reduce(c, at(0), at(1), ReduceOp::sum());
                                  }),
                      Catch::Matchers::Contains("the same place of the same symmetric memory"));
}

TEST_CASE("direct reduces what does not stay in caches", "[comm]") {
  // Beside its input such a result is written by other stores, whatever was measured. Shares end
  // within a line.
  constexpr std::size_t count = (16 << 20) + 5;
  CHECK_NOTHROW(run_threads(3, [](Communicator& c) {
    CostModel costs = c.cost_model();
    costs.direct_streams_from = std::numeric_limits<std::size_t>::max();
    c.set_cost_model(costs);
    const Buffer in = symmetric_buffer(c, count), out = symmetric_buffer(c, count);
    auto* data = static_cast<std::uint8_t*>(in.data());
    auto* result = static_cast<std::uint8_t*>(out.data());
    const auto value = [](int rank, std::size_t i) {
      return static_cast<std::uint8_t>(7 * rank + static_cast<int>(i % 61));
    };
    for (std::size_t i = 0; i < count; ++i) data[i] = value(c.rank(), i);
    all_reduce(c, block_of(data, count), block_of(result, count), ReduceOp::sum(),
               {.algorithm = "direct"});
    for (std::size_t i = 0; i < count; ++i) {
      const int expected = value(0, i) + value(1, i) + value(2, i);
      if (result[i] != expected || data[i] != value(c.rank(), i))
        raise("found ", int(result[i]), " at ", i, ", expected ", expected);
    }
  }));
}

TEST_CASE("one_shot reduces call after call, whoever is late", "[comm]") {
  // At both sides of every limit between its ways to hand a block over; the last two take rooms.
  const auto calls = static_cast<std::uint64_t>(rounds(400));
  const std::size_t sizes[] = {1, 56, 57, 512, 513, 2048, 2049, 8128, 8129, 65536};
  for (int ranks : rank_counts({2, 3, 9, 16}))
    CHECK_NOTHROW(run_threads(ranks, [&](Communicator& c) {
      std::vector<std::uint8_t> in(65536), out(65536);
      for (std::uint64_t call = 0; call < calls; ++call) {
        const std::array<std::uint32_t, 4> draw = Philox(call).at(1, 0);
        const std::size_t count = sizes[draw[0] % std::size(sizes)];
        const bool in_place = draw[1] % 2 > 0;
        if (draw[2] % 4 == 0 && draw[3] % static_cast<unsigned>(ranks) == unsigned(c.rank()))
          std::this_thread::sleep_for(std::chrono::microseconds(50));
        const auto value = [&](int rank, std::size_t i) {
          return static_cast<std::uint8_t>((call + 5 * static_cast<unsigned>(rank) + i) % 15);
        };
        for (std::size_t i = 0; i < count; ++i) in[i] = value(c.rank(), i);
        std::uint8_t* result = in_place ? in.data() : out.data();
        all_reduce(c, block_of(in.data(), count), block_of(result, count), ReduceOp::sum(),
                   {.algorithm = "one_shot"});
        for (std::size_t i = 0; i < count; i += 1 + count / 100) {
          int expected = 0;
          for (int r = 0; r < ranks; ++r) expected += value(r, i);
          if (result[i] != expected)
            raise("found ", int(result[i]), " at ", i, " of ", count, ", expected ", expected);
        }
      }
    }));
}

TEST_CASE("a small block may lie at another place on every rank", "[comm]") {
  // In symmetric memory or, of one rank, beside it; by the row that is chosen, and by each that
  // fits as if TUTTI_ALGORITHM had named it.
  for (int per_node : {4, 2})
    for (bool one_on_heap : {false, true})
      CHECK_NOTHROW(run_threads(4, per_node, [&](Communicator& c) {
        const Buffer shared = symmetric_buffer(c, 4096);
        std::vector<float> heap(4);
        auto* place = static_cast<float*>(shared.data()) + 16 * c.rank();
        float* data = one_on_heap && c.rank() == 1 ? heap.data() : place;
        const CostModel usual = c.cost_model();
        const auto rows = all_reduce_table();
        for (int forced = -1; forced < static_cast<int>(rows.size()); ++forced) {
          CostModel model = usual;
          model.forced = forced;
          c.set_cost_model(model);
          for (std::size_t i = 0; i < 4; ++i) data[i] = whole<float>(c.rank(), i);
          all_reduce(c, block_of(data, 4), ReduceOp::sum());
          for (std::size_t i = 0; i < 4; ++i)
            if (data[i] != reduced_whole<float>(ReduceOp::sum(), 4, i))
              raise(forced < 0 ? "the chosen row" : rows[forced].name, ", ", per_node,
                    " ranks per node, rank ", c.rank(), one_on_heap ? ", rank 1 on the heap" : "",
                    ": found ", data[i], " at ", i);
          barrier(c);
        }
      }));
}

TEST_CASE("all_reduce refuses what it cannot do", "[comm]") {
  auto message = [](Dtype dtype, ReduceOp op, std::string_view algorithm) -> std::string {
    try {
      run_threads(2, [&](Communicator& c) {
        std::int64_t room[4] = {};
        all_reduce(c, {room, 4, dtype, {}}, op, {.algorithm = algorithm});
      });
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(message(Dtype::f32, ReduceOp::sum(), "rign"),
             Contains("\"rign\"") && Contains("ring") && Contains("halving_doubling"));
  CHECK_THAT(message(Dtype::i32, ReduceOp::average(), ""), Contains("average of i32"));
  CHECK_THAT(message(Dtype::f32, ReduceOp::sum_over(0), ""), Contains("divisor 0"));
  CHECK_THAT(message(Dtype::f32, ReduceOp::sum(), "vendor"),
             Contains("\"vendor\", which does not fit"));
}
