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
        Tensor reduced = pair.clone();
        async ? finish(reduce_async(c, reduced, ReduceOp::max(), last))
              : reduce(c, reduced, ReduceOp::max(), last);
        if (c.rank() == last) expect("reduce in place", reduced, {2.0f * last, 2.0f * last + 1});
        const Tensor own = c.rank() == last ? pair : Tensor();
        async ? finish(broadcast_async(c, own, got, last)) : broadcast(c, own, got, last);
        expect("broadcast of another", got, {2.0f * last, 2.0f * last + 1});
        Tensor turned = Tensor::zeros({ranks});
        async ? finish(all_to_all_async(c, Tensor::full({ranks}, rank), turned))
              : all_to_all(c, Tensor::full({ranks}, rank), turned);
        expect("all_to_all", turned, count_from(0, ranks));

        if (ranks < 2) return;
        const int next = (c.rank() + 1) % ranks, before = (c.rank() + last) % ranks;
        async ? finish(send_recv_async(c, pair, next, got, before))
              : send_recv(c, pair, next, got, before);
        expect("send_recv", got, {2.0f * before, 2.0f * before + 1});
        if (c.rank() == 0) async ? finish(send_async(c, pair, 1)) : send(c, pair, 1);
        if (c.rank() == 1) {
          Tensor received = Tensor::zeros({2});
          async ? finish(recv_async(c, received, 0)) : recv(c, received, 0);
          expect("recv", received, {0, 1});
        }
      });
}

// Rank r's part of the whole 0, 1, ... has r + 1 elements.
TEST_CASE("the v-forms of tensors take parts of different counts") {
  for (int ranks : {1, 2, 3})
    for (bool async : {false, true})
      run_threads(ranks, [&](Communicator& c) {
        const auto finish = [](Work work) { work.wait(); };
        const int last = ranks - 1;
        std::vector<std::size_t> counts(static_cast<std::size_t>(ranks));
        std::iota(counts.begin(), counts.end(), std::size_t{1});
        const std::int64_t total = ranks * (ranks + 1) / 2, here = c.rank() + 1;
        const auto whole = count_from(0, total);
        const auto part = count_from(static_cast<float>(c.rank() * here) / 2, here);
        Tensor mine = Tensor::from<float>(part, {here}), all = Tensor::zeros({total});
        async ? finish(all_gather_v_async(c, mine, all, counts))
              : all_gather_v(c, mine, all, counts);
        expect("all_gather_v", all, whole);
        Tensor on_root = c.rank() == last ? Tensor::zeros({total}) : Tensor();
        async ? finish(gather_v_async(c, mine, on_root, counts, last))
              : gather_v(c, mine, on_root, counts, last);
        if (on_root) expect("gather_v", on_root, whole);
        Tensor got = Tensor::zeros({here});
        async ? finish(scatter_v_async(c, on_root, got, counts, last))
              : scatter_v(c, on_root, got, counts, last);
        expect("scatter_v", got, part);
        // To rank q go q + 1 elements; from every rank come as many as this one's part has.
        const std::vector<std::size_t> in_counts(counts.size(), static_cast<std::size_t>(here));
        Tensor turned = Tensor::zeros({ranks * here});
        async ? finish(all_to_all_v_async(c, all, counts, turned, in_counts))
              : all_to_all_v(c, all, counts, turned, in_counts);
        std::vector<float> repeated;
        for (int rank = 0; rank < ranks; ++rank)
          repeated.insert(repeated.end(), part.begin(), part.end());
        expect("all_to_all_v", turned, repeated);
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
    const std::vector<int> own{10 * c.rank()};
    std::vector<int> all(3), turned(3), one(1), other(1);
    all_gather(c, std::span(own), std::span(all));
    gather(c, std::span(own), std::span(turned), 1);
    if (all != std::vector{0, 10, 20} || (c.rank() == 1) != (turned == all)) raise("gathered");
    scatter(c, std::span(all), std::span(one), 2);
    if (one != own) raise("scattered ", one[0]);
    all_to_all(c, std::span(all), std::span(turned));
    if (turned != std::vector(3, own[0])) raise("turned");
    reduce_scatter(c, std::span(all), std::span(one), ReduceOp::sum());
    reduce(c, std::span(own), std::span(other), ReduceOp::max());
    if (one[0] != 3 * own[0] || (c.rank() == 0 && other[0] != 20)) raise("reduced");
    if (c.rank() == 0) send(c, std::span(all), 1);
    if (c.rank() == 1) recv(c, std::span(turned), 0);
    if (c.rank() == 1 && turned != all) raise("received");
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
