#include "tutti/comm/work.h"

#include <thread>

#include "reference.h"
#include "support/catch.h"
#include "support/quick.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("asynchronous calls keep their order, several in flight", "[comm]") {
  for (int ranks : {1, 2, 3, 4})
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) {
      // Each call squares what the one before left: any other order gives another number.
      std::vector<double> data(2000, 1.5);
      Block block = block_of(data.data(), data.size());
      std::vector<Work> works;
      double expected = 1.5;
      for (int i = 0; i < 6; ++i) {
        works.push_back(all_reduce_async(c, block, i % 2 ? ReduceOp::product() : ReduceOp::sum()));
        expected = i % 2 ? std::pow(expected, c.size()) : expected * c.size();
      }
      double last = 0;  // a blocking call queues behind
      all_reduce(c, block_of(&last, 1), ReduceOp::sum());
      for (const Work& work : works)
        if (!work.done()) raise("a blocking call overtook an asynchronous one");
      for (auto work = works.rbegin(); work != works.rend(); ++work) work->wait();
      if (!(std::abs(data[1999] / expected - 1) <= 1e-12))
        raise("found ", data[1999], ", expected ", expected);
    }));
}

TEST_CASE("many buckets in flight", "[comm]") {
  CHECK_NOTHROW(run_threads(3, [](Communicator& c) {
    std::vector<std::vector<float>> buckets;
    std::vector<Work> works;
    for (int b = 0; b < 50; ++b) buckets.push_back(fill<float>(whole<float>, c.rank(), 997));
    for (auto& b : buckets)
      works.push_back(all_reduce_async(c, block_of(b.data(), b.size()), ReduceOp::sum()));
    for (Work& work : works) work.wait();
    for (auto& b : buckets)
      for (std::size_t i = 0; i < b.size(); ++i)
        if (b[i] != reduced_whole<float>(ReduceOp::sum(), 3, i)) raise("wrong sum");
  }));
}

TEST_CASE("wait rethrows what the call threw, and later calls throw the same", "[comm]") {
  CHECK_NOTHROW(run_threads(2, [](Communicator& c) {
    if (c.rank() == 1) return;  // never calls
    float value = 1;
    Work work = all_reduce_async(c, block_of(&value, 1), ReduceOp::sum());
    for (int i = 0; i < 2; ++i) try {
        work.wait();
        raise("wait() returned");
      } catch (const Error& e) {
        if (!std::string(e.what()).starts_with("rank 0 of 2 waits for rank 1, which has already"))
          raise("found: ", e.what());
      }
    try {
      all_reduce(c, block_of(&value, 1), ReduceOp::sum());
      raise("the second call returned");
    } catch (const Error& e) {
      if (!std::string(e.what()).starts_with("rank 0 of 2 waits")) raise("found: ", e.what());
    }
  }));
}

TEST_CASE("a communicator that goes drops its work without communication", "[comm]") {
  CHECK_NOTHROW(run_threads(2, [](Communicator& c) {
    if (c.rank() == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      c.duplicate();
      return barrier(c);  // nobody may have returned while the other makes its calls
    }
    float value = 1;
    Work running, waiting;
    {
      Communicator other = c.duplicate();
      running = all_reduce_async(other, block_of(&value, 1), ReduceOp::sum());
      waiting = all_reduce_async(other, block_of(&value, 1), ReduceOp::sum());
    }
    for (Work* work : {&running, &waiting}) try {
        work->wait();
        raise("wait() returned");
      } catch (const Error& e) {
        if (std::string(e.what()).find("communicator gone") == std::string::npos)
          raise("found: ", e.what());
      }
    barrier(c);
  }));
}

TEST_CASE("two communicators serve two threads", "[comm]") {
  CHECK_NOTHROW(run_threads(3, [](Communicator& first) {
    Communicator second = first.duplicate();
    auto work = [](Communicator& c, float value) {
      for (int i = 0; i < rounds(200); ++i) {
        float sum = value;
        all_reduce(c, block_of(&sum, 1), ReduceOp::sum());
        if (sum != 3 * value) raise("found ", sum, ", expected ", 3 * value);
      }
    };
    std::exception_ptr error;
    std::thread other([&] {
      try {
        work(second, 5);
      } catch (...) {
        error = std::current_exception();
      }
    });
    work(first, 2);
    other.join();
    if (error) std::rethrow_exception(error);
  }));
}

TEST_CASE("an exception that passes a buffer's owner loses neither memory nor message", "[comm]") {
  for (int ranks : {2, 3, 4})
    for (int per_node : {ranks, 1})
      for (int late : {0, 1})
        CHECK_THROWS_WITH(
            run_threads(ranks, per_node,
                        [&](Communicator& c) {
                          barrier(c);
                          std::vector<float> block(1 << 18, 1);
                          if (c.rank() == late)
                            std::this_thread::sleep_for(std::chrono::milliseconds(20));
                          Work first = all_reduce_async(c, block_of(block.data(), block.size()),
                                                        ReduceOp::sum());
                          Work second = all_reduce_async(c, block_of(block.data(), block.size()),
                                                         ReduceOp::sum());
                          if (c.rank() == 1) raise("the user's own words");
                          first.wait();
                          second.wait();
                          barrier(c);
                        }),
            Catch::Contains("the user's own words"));
}

TEST_CASE("a handle that is dropped waits until nothing writes into its block", "[comm]") {
  for (int ranks : {2, 3})
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) {
      for (int i = 0; i < rounds(40); ++i) {
        std::vector<float> block(100000, 1);
        {
          Work dropped = all_reduce_async(c, block_of(block.data(), block.size()), ReduceOp::sum());
        }
        for (float value : block)
          if (value != static_cast<float>(c.size())) raise("found ", value);
      }
    }));
}
