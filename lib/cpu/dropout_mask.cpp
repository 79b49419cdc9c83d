// The random mask of dropout.
#include <cmath>

#include "launch.h"
#include "tasks.h"
#include "tutti/base/philox.h"

namespace tutti::launch {

namespace {

// Philox calls that are made side by side, four elements each.
constexpr std::int64_t calls = 64, block = 4 * calls;

// words[k][j] = word k at offset first + j: apart from each other, which makes vector code.
void draw(std::uint32_t (&words)[4][calls], Philox philox, std::uint64_t stream,
          std::uint64_t first) {
  for (int j = 0; j < calls; ++j) {
    Philox::Words drawn = philox.at(stream, first + static_cast<std::uint64_t>(j));
    words[0][j] = drawn[0], words[1][j] = drawn[1];
    words[2][j] = drawn[2], words[3][j] = drawn[3];
  }
}

}  // namespace

void dropout_mask(CpuStream, const Tensor& out, double rate, std::uint64_t key,
                  std::uint64_t random_stream) {
  const Philox philox(key);
  const std::int64_t count = out.count();
  // uniform_float(word) >= rate, asked of the word's 24 bits: both sides are scaled exactly.
  const auto threshold = static_cast<std::uint32_t>(std::ceil(rate * 0x1p24));
  visit_float(out.dtype(), "dropout_mask", [&]<class T>() {
    T* mask = out.mutable_data<T>();
    const T kept = static_cast<T>(1 / (1 - rate));
    auto fill_blocks = [=](std::int64_t i, std::int64_t end, int) {
      const T scale = kept;  // a local: what a lambda captured would be loaded under a mask
      std::uint32_t words[4][calls];
      T values[block];
      for (; i < end; ++i) {
        draw(words, philox, random_stream, static_cast<std::uint64_t>(i * calls));
        for (int j = 0; j < calls; ++j)
          for (int k = 0; k < 4; ++k)
            values[4 * j + k] = words[k][j] >> 8 >= threshold ? scale : T(0);
        std::copy_n(values, std::min(block, count - i * block), mask + i * block);
      }
    };
    cpu::for_chunks((count + block - 1) / block, block, fill_blocks);
  });
}

}  // namespace tutti::launch
