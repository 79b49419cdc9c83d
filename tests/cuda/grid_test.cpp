// Everything that the seam of include/tutti/cuda/grid.h offers, by kernels of the test's own.
#include <array>

#include "support/catch.h"
#include "tutti/cuda/grid.h"
#include "tutti/tensor/tensor.h"

namespace tutti::test {

namespace {

using cuda::Block;
using cuda::Warp;

template <class T>
struct OnDevice {
  explicit OnDevice(std::int64_t count)
      : device(Device::cuda(0)), tensor(Tensor::full({count}, -1, dtype_of<T>(), device)) {}
  T* data() { return tensor.mutable_data<T>(); }
  std::vector<T> values() const { return tensor.to_vector<T>(); }
  CudaStream stream() const { return std::get<CudaStream>(device.stream()); }

  Device device;
  Tensor tensor;
};

// Sum of a block's 256 elements by halving, in shared memory.
struct BlockSum {
  std::int64_t* out;

  __device__ void operator()(const Block& block) const {
    auto* values = block.shared<std::int64_t>();
    const int me = block.thread();
    values[me] = block.index() * Block::threads() + me;
    block.sync();
    for (int half = Block::threads() / 2; half > 0; half /= 2) {
      if (me < half) values[me] += values[me + half];
      block.sync();
    }
    if (me == 0) out[block.index()] = values[0];
  }
};

struct WarpCalls {
  std::int32_t* out;  // 32 numbers for each call

  __device__ void operator()(std::int64_t i, Warp warp) const {
    const int lane = warp.lane();
    std::int32_t* to = out + i * 7 * cuda::warp_threads + lane;
    const auto at = [&](int call) -> std::int32_t& { return to[call * cuda::warp_threads]; };
    at(0) = warp.shuffle_xor(lane, 5);
    at(1) = warp.shuffle_down(lane, 3);
    at(2) = warp.shuffle(lane * lane, 7);
    at(3) = warp.any(lane == 31) + 2 * warp.any(false);
    at(4) = warp.all(lane < 32) + 2 * warp.all(lane != 9);
    at(5) = static_cast<std::int32_t>(warp.ballot(lane % 3 == 0));
    at(6) = static_cast<std::int32_t>(warp.shuffle_xor(1e10 * lane, 1) / 1e10);
  }
};

struct Count {
  std::int32_t* hits;
  __device__ void operator()(std::int64_t i) const {
    cuda::atomic_add(hits + i % 3, std::int32_t{1});
  }
};

}  // namespace

TEST_CASE("for_each calls every element once", "[cuda]") {
  OnDevice<std::int32_t> hits(3);
  hits.tensor.fill(0);
  cuda::for_each("count", hits.stream(), 1000, Count{hits.data()});
  CHECK(hits.values() == std::vector<std::int32_t>{334, 333, 333});
  cuda::for_each("count", hits.stream(), 0, Count{nullptr});
}

TEST_CASE("blocks share memory between barriers", "[cuda]") {
  OnDevice<std::int64_t> sums(5);
  cuda::for_each_block("block sum", sums.stream(), 5, 256 * sizeof(std::int64_t),
                       BlockSum{sums.data()});
  std::vector<std::int64_t> expected;
  for (std::int64_t b = 0; b < 5; ++b) expected.push_back(256 * 256 * b + 255 * 256 / 2);
  CHECK(sums.values() == expected);
  CHECK_THROWS_WITH(cuda::for_each_block("block sum", sums.stream(), 5, std::size_t{1} << 20,
                                         BlockSum{sums.data()}),
                    "block sum: found a kernel of 5 blocks with 1048576 bytes of shared memory "
                    "each, expected at most 2147483647 with 101376");
}

TEST_CASE("the lanes of a warp shuffle and vote", "[cuda]") {
  const std::int64_t warps = 11;  // two blocks, one of them not full
  OnDevice<std::int32_t> out(warps * 7 * 32);
  cuda::for_each_warp("warp calls", out.stream(), warps, WarpCalls{out.data()});
  const auto found = out.values();
  std::vector<std::int32_t> expected;
  for (int i = 0; i < warps; ++i)
    for (int call = 0; call < 7; ++call)
      for (int lane = 0; lane < 32; ++lane)
        expected.push_back(std::array{lane ^ 5, lane + 3 < 32 ? lane + 3 : lane, 49, 1, 1,
                                      0x49249249, lane ^ 1}[static_cast<std::size_t>(call)]);
  CHECK(found == expected);
}

}  // namespace tutti::test
