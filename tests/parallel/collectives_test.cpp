// Collectives of tensors, spans and numbers.
#include <numeric>

#include "support/catch.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/collectives.h"
#include "tutti/parallel/data_parallel.h"
#include "tutti/tensor/print.h"

using namespace tutti;

namespace {

std::vector<float> count_from(float first, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), first);
  return values;
}

void expect(const char* what, const Tensor& found, const std::vector<float>& expected) {
  if (found.to_vector<float>() != expected)
    raise(what, ": found ", found, ", expected ", expected.size(), " values from ", expected[0]);
}

}  // namespace

TEST_CASE("each collective of tensors gives what it gives of blocks, blocking and not") {
  for (int ranks : {1, 2, 3})
    for (bool async : {false, true})
      run_threads(ranks, [&](Communicator& c) {
        const auto finish = [](Work work) { work.wait(); };
        const float rank = static_cast<float>(c.rank()), sum = ranks * (ranks - 1) / 2.0f;
        const std::int64_t all_count = 2 * ranks;
        const auto parts = count_from(0, all_count);  // rank r's part is 2r, 2r + 1
        const std::vector<float> part{2 * rank, 2 * rank + 1};
        const int last = ranks - 1;

        Tensor in = Tensor::full({3}, rank), out = Tensor::zeros({3}),
               pair = Tensor::from<float>(part, {2});
        async ? finish(all_reduce_async(c, in, out, ReduceOp::sum()))
              : all_reduce(c, in, out, ReduceOp::sum());
        expect("all_reduce", out, std::vector<float>(3, sum));
        async ? finish(all_reduce_async(c, in, ReduceOp::max()))
              : all_reduce(c, in, ReduceOp::max());
        expect("all_reduce in place", in, std::vector<float>(3, static_cast<float>(last)));

        Tensor total = c.rank() == last ? Tensor::zeros({2}) : Tensor();
        async ? finish(reduce_async(c, pair, total, ReduceOp::max(), last))
              : reduce(c, pair, total, ReduceOp::max(), last);
        if (total) expect("reduce", total, {2.0f * last, 2.0f * last + 1});

        Tensor told = Tensor::full({2}, rank);
        async ? finish(broadcast_async(c, told, last)) : broadcast(c, told, last);
        expect("broadcast", told, std::vector<float>(2, static_cast<float>(last)));

        Tensor whole = Tensor::from<float>(parts, {ranks, 2}), mine = Tensor::zeros({2});
        async ? finish(reduce_scatter_async(c, whole, mine, ReduceOp::average()))
              : reduce_scatter(c, whole, mine, ReduceOp::average());
        expect("reduce_scatter", mine, part);
        Tensor gathered = Tensor::zeros({ranks, 2});
        async ? finish(all_gather_async(c, pair, gathered)) : all_gather(c, pair, gathered);
        expect("all_gather", gathered, parts);
        Tensor on_root = c.rank() == last ? Tensor::zeros({ranks, 2}) : Tensor();
        async ? finish(gather_async(c, pair, on_root, last)) : gather(c, pair, on_root, last);
        if (on_root) expect("gather", on_root, parts);
        Tensor got = Tensor::zeros({2});
        async ? finish(scatter_async(c, on_root, got, last)) : scatter(c, on_root, got, last);
        expect("scatter", got, part);
        Tensor turned = Tensor::zeros({ranks});
        async ? finish(all_to_all_async(c, Tensor::full({ranks}, rank), turned))
              : all_to_all(c, Tensor::full({ranks}, rank), turned);
        expect("all_to_all", turned, count_from(0, ranks));

        if (ranks < 2) return;
        if (c.rank() == 0) async ? finish(send_async(c, pair, 1)) : send(c, pair, 1);
        if (c.rank() == 1) {
          Tensor received = Tensor::zeros({2});
          async ? finish(recv_async(c, received, 0)) : recv(c, received, 0);
          expect("recv", received, {0, 1});
        }
      });
}

TEST_CASE("spans and numbers") {
  run_threads(3, [](Communicator& c) {
    std::vector<double> values{1.0 + c.rank(), 2};
    all_reduce(c, std::span(values), ReduceOp::sum());
    if (values != std::vector<double>{6, 6}) raise("found ", values[0]);
    broadcast(c, std::span(values).first(1), 1);
    if (double mean = all_reduce(c, 1.0 * c.rank(), ReduceOp::average()); mean != 1)
      raise("found a mean of ", mean);
    if (std::int64_t told = broadcast(c, std::int64_t{10} + c.rank(), 2); told != 12)
      raise("found ", told);
  });
}

TEST_CASE("a result counts as written: at once, and when an asynchronous call is done") {
  run_threads(2, [](Communicator& c) {
    Tensor data = Tensor::full({1000}, 1), in = data.clone();
    const std::uint64_t before = data.version(), read = in.version();
    all_reduce(c, in, data, ReduceOp::sum());
    if (data.version() <= before) raise("a blocking call did not count");
    const std::uint64_t between = data.version();
    Work work = all_reduce_async(c, in, data, ReduceOp::sum());
    if (data.version() <= between) raise("a call on its way did not count");
    const std::uint64_t under_way = data.version();
    work.wait();
    if (data.version() <= under_way) raise("a call that is done did not count");
    if (in.version() != read) raise("reading counted as a write");
    // What backward saved before is stale.
    Variable x(Tensor::full({4}, 2), true);
    Variable y = sum(x * x);
    all_reduce(c, x.value(), ReduceOp::average());
    try {
      y.backward();
    } catch (const Error& error) {
      if (std::string(error.what()).find("version") != std::string::npos) return;
    }
    raise("a backward read what a collective had written");
  });
}

TEST_CASE("an asynchronous call keeps its tensors") {
  run_threads(2, [](Communicator& c) {
    for (int i = 0; i < 20; ++i) {
      Tensor small = Tensor::full({1}, 1);
      { Work dropped = all_reduce_async(c, Tensor::full({100000}, 1), ReduceOp::sum()); }
      all_reduce(c, small, ReduceOp::sum());
      if (small.item() != 2) raise("found ", small.item());
    }
  });
}

TEST_CASE("a strided tensor is refused") {
  run_threads(1, [](Communicator& c) {
    CHECK_THROWS_WITH(all_reduce(c, Tensor::zeros({3, 4}).transpose(), ReduceOp::sum()),
                      Catch::Contains("expected a dense one"));
  });
}

TEST_CASE("a loop over all-reduces gives DataParallel's weights, bit for bit") {
  auto weights = [](int ranks, bool wrapped) {
    Sha256::Digest digest;
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential model(nn::Linear(3, 17), nn::ReLU(), nn::Linear(17, 2));
      model.initialise(1);
      optim::Sgd sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
      std::optional<parallel::DataParallel<nn::Sequential>> parallel_model;
      if (wrapped) parallel_model.emplace(world, model);
      for (int step = 0; step < 5; ++step) {
        Tensor x = Tensor::full({8, 3}, 0.3 * step - 0.2 * world.rank());
        Variable y = wrapped ? (*parallel_model)(x) : model(x);
        mean(y * y).backward();
        if (!wrapped)
          for (const Parameter& parameter : model.parameters())
            all_reduce(world, parameter.grad(), ReduceOp::average());
        sgd.step();
        sgd.zero_grad();
      }
      const Sha256::Digest mine = parallel::agreed_digest(world, model);
      if (world.rank() == 0) digest = mine;
    });
    return digest;
  };
  for (int ranks : {1, 2, 3, 4}) CHECK(weights(ranks, true) == weights(ranks, false));
}
