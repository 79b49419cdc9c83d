// The random mask of dropout.
#include "launch.h"
#include "ops/dropout_rule.h"
#include "philox_words.h"
#include "tasks.h"

namespace tutti::launch {

namespace {

constexpr std::int64_t block = 4 * cpu::philox_calls;  // elements

}  // namespace

void dropout_mask(CpuStream, const Tensor& out, double rate, std::uint64_t key,
                  std::uint64_t random_stream) {
  const Philox philox(key);
  const std::int64_t count = out.count();
  const std::uint32_t threshold = dropout_threshold(rate);
  visit_float(out.dtype(), "dropout_mask", [&]<class T>() {
    T* mask = out.mutable_data<T>();
    const T kept = static_cast<T>(1 / (1 - rate));
    auto fill_blocks = [=](std::int64_t i, std::int64_t end, int) {
      const T scale = kept;  // a local: what a lambda captured would be loaded under a mask
      cpu::PhiloxWords words;
      T values[block];
      for (; i < end; ++i) {
        cpu::draw(words, philox, random_stream, i * cpu::philox_calls);
        for (int j = 0; j < cpu::philox_calls; ++j)
          for (int k = 0; k < 4; ++k)
            values[4 * j + k] = words[k][j] >> 8 >= threshold ? scale : T(0);
        std::copy_n(values, std::min(block, count - i * block), mask + i * block);
      }
    };
    cpu::for_chunks((count + block - 1) / block, block, fill_blocks);
  });
}

}  // namespace tutti::launch
