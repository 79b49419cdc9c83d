// Random numbers, many at a time.
#include "tutti/base/random.h"
#include "launch.h"
#include "philox_words.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

using cpu::philox_calls, cpu::PhiloxWords;

struct Uniform {
  static constexpr int each = 2;  // numbers by one call
  template <class T>
  static void make(T* to, const PhiloxWords& words) {
#pragma omp simd
    for (int j = 0; j < philox_calls; ++j) {
      to[2 * j] = uniform_number<T>(words[0][j], words[1][j]);
      to[2 * j + 1] = uniform_number<T>(words[2][j], words[3][j]);
    }
  }
};

struct Normal {
  static constexpr int each = 4;
  template <class T>
  static void make(T* to, const PhiloxWords& words) {
#pragma omp simd
    for (int j = 0; j < philox_calls; ++j) {
      const NormalPair one = box_muller(words[0][j], words[1][j]),
                       other = box_muller(words[2][j], words[3][j]);
      to[4 * j] = convert<T>(one.first);
      to[4 * j + 1] = convert<T>(one.second);
      to[4 * j + 2] = convert<T>(other.first);
      to[4 * j + 3] = convert<T>(other.second);
    }
  }
};

template <class T, class Numbers>
void fill_with(Numbers, const Tensor& out, Philox philox, std::uint64_t random_stream) {
  constexpr std::int64_t block = Numbers::each * philox_calls;
  const std::int64_t count = out.count();
  T* to = out.mutable_data<T>();
  constexpr std::int64_t cost = 8 * block;  // in copied elements
  cpu::for_chunks((count + block - 1) / block, cost, [=](std::int64_t i, std::int64_t end, int) {
    PhiloxWords words;
    T values[block];
    for (; i < end; ++i) {
      cpu::draw(words, philox, random_stream, i * philox_calls);
      Numbers::make(values, words);
      std::copy_n(values, std::min(block, count - i * block), to + i * block);
    }
  });
}

}  // namespace

void random(CpuStream, const Tensor& out, Distribution distribution, std::uint64_t key,
            std::uint64_t random_stream) {
  visit_any_float(out.dtype(), "random", [&]<class T>() {
    if (distribution == Distribution::uniform)
      fill_with<T>(Uniform{}, out, Philox(key), random_stream);
    else
      fill_with<T>(Normal{}, out, Philox(key), random_stream);
  });
}

}  // namespace tutti::launch
