// Kernels with mistakes, each of which the emulator must find.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support/catch.h"
#include "support/simt/guard_zone.h"
#include "tutti/cuda/grid.h"
#include "tutti/tensor/tensor.h"

using Catch::Matchers::Contains;

namespace tutti::test {

namespace {

using cuda::Block;
using cuda::Warp;

constexpr std::size_t row_bytes = Block::threads() * sizeof(float);

// out = the row in reverse, through shared memory.
template <bool with_barrier>
struct Reverse {
  float* out;
  const float* in;

  void operator()(const Block& block) const {
    auto* row = block.shared<float>();
    const std::int64_t first = block.index() * Block::threads();
    row[block.thread()] = in[first + block.thread()];
    if (with_barrier) block.sync();
    out[first + block.thread()] = row[Block::threads() - 1 - block.thread()];
  }
};

// Moves a row by one place, in a global buffer.
template <bool with_barrier>
struct Shift {
  float* row;

  void operator()(const Block& block) const {
    const int me = block.thread();
    float mine = row[(me + 1) % Block::threads()];
    if (with_barrier) block.sync();
    row[me] = mine;
  }
};

struct Store {
  float* out;
  std::int64_t place;
  void operator()(std::int64_t i) const { out[i == 2 ? place : i] = 1; }
};

struct StoreShared {
  float* out;
  int place;
  void operator()(const Block& block) const {
    block.shared<float>()[block.thread() == 7 ? place : block.thread()] = 1;
    block.sync();
    out[block.thread()] = block.shared<float>()[block.thread()];
  }
};

struct SomeWait {
  std::int64_t* out;
  void operator()(const Block& block) const {
    if (block.thread() == 40) return;
    block.sync();
    out[block.thread()] = 1;
  }
};

struct TwoBarriers {
  void operator()(const Block& block) const {
    if (block.thread() < 128)
      block.sync();
    else
      block.sync();
  }
};

struct SomeShuffle {
  float* out;
  void operator()(std::int64_t i, Warp warp) const {
    if (warp.lane() < 16) out[i] = warp.shuffle_xor(1.0f, 1);
  }
};

struct SumInAnyOrder {
  float* out;
  void operator()(std::int64_t i) const { cuda::atomic_add(out, 1 / (1 + static_cast<float>(i))); }
};

struct Mistakes {
  Device device = Device::cuda(0);
  CudaStream stream = std::get<CudaStream>(device.stream());
  Tensor in = Tensor::zeros({512}, Dtype::f32, device), out = in.clone();

  Mistakes() {
    std::vector<float> values(512);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    in.copy_from(Tensor::from(values, {512}, device));
  }
};

// Is it found? An Error says so, or the address sanitizer, which ends the process.
template <class F>
bool is_found(F launch) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    std::signal(SIGSEGV, SIG_DFL);  // without Catch2's report
    try {
      launch();
    } catch (const Error&) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}

}  // namespace

TEST_CASE("a missing barrier is found", "[cuda]") {
  Mistakes m;
  auto* out = m.out.mutable_data<float>();
  auto* in = m.in.mutable_data<float>();
  CHECK_NOTHROW(cuda::for_each_block("reverse", m.stream, 2, row_bytes, Reverse<true>{out, in}));
  CHECK(m.out.to_vector<float>()[0] == 255);
  CHECK_THROWS_WITH(
      cuda::for_each_block("reverse", m.stream, 2, row_bytes, Reverse<false>{out, in}),
      Contains("reverse: two orders of its threads disagree, first at byte ") &&
          Contains("of the buffer of 2048 bytes"));
  CHECK_NOTHROW(cuda::for_each_block("shift", m.stream, 1, 0, Shift<true>{in}));
  CHECK(m.in.to_vector<float>()[255] == 0);
  CHECK_THROWS_WITH(cuda::for_each_block("shift", m.stream, 1, 0, Shift<false>{in}),
                    Contains("shift: two orders of its threads disagree, first at byte 2 of"));
}

TEST_CASE("a sum in the order of the threads is found", "[cuda]") {
  Mistakes m;
  CHECK_THROWS_WITH(
      cuda::for_each("sum", m.stream, 1000, SumInAnyOrder{m.out.mutable_data<float>()}),
      Contains("sum: two orders of its threads disagree"));
}

TEST_CASE("a store one element beside a buffer is found", "[cuda]") {
  Mistakes m;
  Tensor small({3}, Dtype::f32, m.device);
  auto* data = small.mutable_data<float>();
  CHECK_NOTHROW(cuda::for_each("store", m.stream, 3, Store{data, 2}));
  for (std::int64_t place : {-1, 3})
    CHECK(is_found([&] { cuda::for_each("store", m.stream, 3, Store{data, place}); }));
  auto* out = m.out.mutable_data<float>();
  for (int place : {-1, 256})
    CHECK(is_found([&] {
      cuda::for_each_block("store", m.stream, 1, row_bytes, StoreShared{out, place});
    }));
  if constexpr (simt::zones_are_poisoned) return;
  CHECK_THROWS_WITH(cuda::for_each("store", m.stream, 3, Store{data, 3}),
                    Contains("store: byte 12 was written of the buffer of 12 bytes"));
  CHECK_THROWS_WITH(
      cuda::for_each_block("store", m.stream, 1, row_bytes, StoreShared{out, 256}),
      "store: block 0: byte 1024 was written of 1024 bytes of shared memory; expected stores "
      "within them");
}

TEST_CASE("a barrier that not all threads reach is found", "[cuda]") {
  Mistakes m;
  Tensor counts = Tensor::zeros({256}, Dtype::i64, m.device);
  CHECK_THROWS_WITH(
      cuda::for_each_block("some wait", m.stream, 1, 0,
                           SomeWait{counts.mutable_data<std::int64_t>()}),
      Contains("some wait: block 0: thread 0 waits in sync (") && Contains("mistakes_test.cpp:") &&
          Contains("but thread 40 has ended; expected all threads of the block in the same call"));
  CHECK_THROWS_WITH(cuda::for_each_block("two", m.stream, 1, 0, TwoBarriers{}),
                    Contains("but thread 128 waits in sync ("));
  CHECK_THROWS_WITH(
      cuda::for_each_warp("some shuffle", m.stream, 3, SomeShuffle{m.out.mutable_data<float>()}),
      Contains("thread 0 waits in shuffle_xor") && Contains("but thread 16 has ended; expected all "
                                                            "threads of the warp"));
}

TEST_CASE("shared memory that was not asked for is found", "[cuda]") {
  Mistakes m;
  CHECK_THROWS_WITH(
      cuda::for_each_block("store", m.stream, 1, 0, StoreShared{m.out.mutable_data<float>(), 0}),
      "store: block 0: found shared memory asked for at byte 0, expected a multiple of 4 within "
      "the "
      "0 bytes of the launch");
}

TEST_CASE("the host cannot read a device's memory", "[cuda]") {
  Mistakes m;
  CHECK(is_found([&] {
    const volatile float* data = m.in.data<float>();
    if (data[0] != 0) raise("never");
  }));
}

}  // namespace tutti::test
