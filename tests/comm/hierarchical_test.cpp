#include "tutti/comm/all_reduce/hierarchical.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "all_reduce_checks.h"
#include "comm/communicator_state.h"
#include "support/catch.h"
#include "tutti/comm/send.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Passes everything on to another transport, and counts its exchanges and those that had something
// to do beside them.
class BesideCounter : public Transport {
 public:
  explicit BesideCounter(std::shared_ptr<Transport> inner) : inner_(std::move(inner)) {}
  int exchanges = 0, beside = 0;

  std::string_view name() const override { return inner_->name(); }
  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
  std::span<const Position> positions() const override { return inner_->positions(); }
  bool threads_allowed() const override { return inner_->threads_allowed(); }
  void exchange(std::span<const Transfer> transfers, const Stream& stream) override {
    ++exchanges;
    beside += node()->beside != nullptr;
    inner_->exchange(transfers, stream);
  }
  void enter(const CallRecord& call) override { inner_->enter(call); }
  void leave() override { inner_->leave(); }
  void look() override { inner_->look(); }
  NodeMemory* node() const override { return inner_->node(); }
  void post(const Post& post) override { inner_->post(post); }
  void cancel() noexcept override { inner_->cancel(); }
  std::shared_ptr<Transport> split(int colour, int key) override {
    return inner_->split(colour, key);
  }

 private:
  std::shared_ptr<Transport> inner_;
};

}  // namespace

TEST_CASE("slices pass the network in segments, beside which the node works", "[comm]") {
  // The slices of one node are not equal, and the last segment is shorter than the others.
  for (auto [ranks, per_node] : {std::pair{4, 2}, {6, 2}, {8, 4}})
    CHECK_NOTHROW(run_threads(ranks, per_node, [](Communicator& threads) {
      const std::size_t count = 500009;
      auto counter = std::make_shared<BesideCounter>(threads.shared_transport());
      Communicator c(counter);
      const Places places(c, Memory::symmetric, count);
      // Of three nodes, one takes fewer steps than the longest path has.
      const int steps = algorithms::hierarchical.steps(problem_on(c, count, Memory::symmetric)),
                least = c.layout().nodes == 3 ? 2 : 2 * steps;
      const auto check = [&](auto like, bool in_place) {
        counter->exchanges = counter->beside = 0;
        check_random<decltype(like)>(c, places, algorithms::hierarchical, ReduceOp::average(),
                                     count, in_place);
        if (counter->exchanges < least || counter->beside != counter->exchanges)
          raise("found ", counter->exchanges, " exchanges, ", counter->beside,
                " with work beside them, expected ", least, " or more, all with work");
      };
      for (bool in_place : {true, false}) check(float{}, in_place), check(bf16{}, in_place);
    }));
}

TEST_CASE("hierarchical reduces from symmetric to ordinary memory and back", "[comm]") {
  CHECK_NOTHROW(run_threads(4, 2, [](Communicator& c) {
    const std::size_t count = 100003;
    const Places ordinary(c, Memory::heap, count), symmetric(c, Memory::symmetric, count);
    const auto input = fill<float>(whole<float>, c.rank(), count);
    const auto check = [&](const Places& from, const Places& to) {
      std::copy(input.begin(), input.end(), from.in<float>());
      std::fill_n(to.out<float>(), count, 7.0f);
      all_reduce(c, block_of(from.in<float>(), count), block_of(to.out<float>(), count),
                 ReduceOp::sum(), {.algorithm = "hierarchical"});
      for (std::size_t i = 0; i < count; ++i)
        if (to.out<float>()[i] != reduced_whole<float>(ReduceOp::sum(), c.size(), i))
          raise("found ", to.out<float>()[i], " at ", i);
    };
    check(ordinary, symmetric);
    check(symmetric, ordinary);
  }));
}

TEST_CASE("work beside the network costs less than work before and after it", "[comm]") {
  const Layout layout{.nodes = 2, .per_node = 2, .contiguous = true, .shared = true};
  const auto seconds = [&](std::size_t count, Memory memory) {
    CostModel model = default_cost_model();
    model[Medium::rooms] = model[Medium::symmetric];
    return all_reduce_seconds(
        algorithms::hierarchical,
        {4, count, Dtype::f32, ReduceOp::sum(), Order::canonical, layout, memory}, model);
  };
  CHECK(seconds(1000, Memory::symmetric) == seconds(1000, Memory::heap));
  CHECK(seconds(1 << 20, Memory::symmetric) < 0.9 * seconds(1 << 20, Memory::heap));
}

TEST_CASE("an exchange that must wait does all that is to be done beside it", "[comm]") {
  for (int per_node : {1, 2}) {
    CAPTURE(per_node);
    std::atomic<int> left = 1000;
    std::vector<int> received(1);
    CHECK_NOTHROW(run_threads(2, per_node, [&](Communicator& c) {
      int sent = 7;
      if (c.rank() == 1) {
        // What is sent before then would find no work.
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (left > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        return send(c, block_of(&sent, 1), 0);
      }
      auto step = [&] { return left > 0 ? (--left, true) : false; };
      const Condition work(step);
      NodeMemory& node = *c.state().node;
      node.beside = &work;
      recv(c, block_of(received.data(), 1), 1);
      node.beside = nullptr;
    }));
    CHECK(left == 0);
    CHECK(received[0] == 7);
  }
}
