// The threads of a kernel in the emulator: what tutti/cuda/block.h has, for plain C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "support/simt/crew.h"
#include "support/simt/run.h"
#include "tutti/cuda/sizes.h"
#include "tutti/device/stream.h"

#define __device__
#define __host__

// Where in a kernel the call stands: default arguments, which kernels leave out.
#define TUTTI_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

namespace tutti::cuda {

// Few, so that threads take several elements in small tests already.
inline constexpr std::int64_t most_blocks = 3;

class Warp {
 public:
  Warp(simt::Crew& crew, int thread) : crew_(&crew), thread_(thread) {}

  int lane() const { return thread_ % warp_threads; }
  int index() const { return thread_ / warp_threads; }

  template <class T>
  T shuffle_xor(T value, int mask, TUTTI_HERE) const {
    return exchange(value, lane() ^ mask, {"shuffle_xor", file, line});
  }
  template <class T>
  T shuffle_down(T value, int distance, TUTTI_HERE) const {
    const int from = lane() + distance;
    return exchange(value, from < warp_threads ? from : lane(), {"shuffle_down", file, line});
  }
  template <class T>
  T shuffle(T value, int from, TUTTI_HERE) const {
    return exchange(value, from, {"shuffle", file, line});
  }
  bool any(bool holds, TUTTI_HERE) const { return votes(holds, {"any", file, line}) != 0; }
  bool all(bool holds, TUTTI_HERE) const { return votes(holds, {"all", file, line}) == ~0u; }
  std::uint32_t ballot(bool holds, TUTTI_HERE) const {
    return votes(holds, {"ballot", file, line});
  }
  void sync(TUTTI_HERE) const { crew_->meet_warp(thread_, 0, {"sync of a warp", file, line}); }

 private:
  template <class T>
  T exchange(T value, int from, const simt::Site& site) const {
    static_assert(std::is_arithmetic_v<T>, "a warp shuffles numbers");
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    bits = crew_->meet_warp(thread_, bits, site)[from % warp_threads];
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  std::uint32_t votes(bool holds, const simt::Site& site) const {
    const std::uint64_t* votes = crew_->meet_warp(thread_, holds, site);
    std::uint32_t bits = 0;
    for (int lane = 0; lane < warp_threads; ++lane)
      bits |= static_cast<std::uint32_t>(votes[lane]) << lane;
    return bits;
  }

  simt::Crew* crew_;
  int thread_;
};

class Block {
 public:
  Block(simt::Grid& grid, std::int64_t index, int thread)
      : grid_(&grid), index_(index), thread_(thread) {}

  std::int64_t index() const { return index_; }
  std::int64_t blocks() const { return grid_->blocks; }
  int thread() const { return thread_; }
  static constexpr int threads() { return block_threads; }
  Warp warp() const { return {grid_->crew, thread_}; }
  void sync(TUTTI_HERE) const { grid_->crew.meet_block(thread_, {"sync", file, line}); }

  template <class T>
  T* shared(std::size_t offset = 0) const {
    return static_cast<T*>(grid_->shared_at(offset, alignof(T)));
  }

 private:
  simt::Grid* grid_;
  std::int64_t index_;
  int thread_;
};

#undef TUTTI_HERE

// Threads change at barriers only.
template <class T>
T atomic_add(T* at, T value) {
  T before = *at;
  *at = static_cast<T>(before + value);
  return before;
}

inline float divide_exactly(float a, float b) {
  return a / b;
}
inline double divide_exactly(double a, double b) {
  return a / b;
}

template <class F>
void launch(const char* who, CudaStream stream, std::int64_t blocks, std::size_t shared_bytes,
            const F& f) {
  simt::run(who, stream.device, blocks, shared_bytes,
            [&](simt::Grid& grid, std::int64_t index, int thread) {
              const Block block(grid, index, thread);
              f(block);
            });
}

}  // namespace tutti::cuda
