// Turns pairs by angles that depend on row and pair: a table of them, then one pass.
#include <cmath>

#include "heads.h"
#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// cos and sin of each pair's angle, [rows, 2, pairs].
template <class T>
void fill_table(T* table, std::int64_t rows, std::int64_t pairs, Turn turn) {
  const double step = -std::log(turn.base) / static_cast<double>(pairs);
  // A cosine takes as long as some tens of additions.
  cpu::for_chunks(rows, 64 * pairs, [&](std::int64_t row, std::int64_t end, int) {
    for (; row < end; ++row)
      for (std::int64_t j = 0; j < pairs; ++j) {
        const double angle =
            static_cast<double>(turn.offset + row) * std::exp(step * static_cast<double>(j));
        T* at = table + 2 * row * pairs + j;
        at[0] = static_cast<T>(std::cos(angle));
        at[pairs] = static_cast<T>(turn.inverse ? -std::sin(angle) : std::sin(angle));
      }
  });
}

// `apart` is the distance of a pair's numbers, `step` that of pairs.
template <class T>
void turn_row(T* to, const T* from, const T* table, std::int64_t pairs, std::int64_t apart,
              std::int64_t step) {
#pragma omp simd
  for (std::int64_t j = 0; j < pairs; ++j) {
    const T a = from[j * step], b = from[j * step + apart];
    to[j * step] = a * table[j] - b * table[pairs + j];
    to[j * step + apart] = b * table[j] + a * table[pairs + j];
  }
}

}  // namespace

void rotary(CpuStream, const Tensor& out, const Tensor& x, Turn turn) {
  const std::int64_t rows = x.size(-2), width = x.size(-1), pairs = width / 2;
  visit_float(x.dtype(), "rotary", [&]<class T>() {
    const auto from = cpu::read<T>(x);
    const auto to = cpu::written<T>(out);
    Buffer memory(static_cast<std::size_t>(rows * width) * sizeof(T), x.device());
    T* table = static_cast<T*>(memory.data());
    fill_table(table, rows, pairs, turn);
    cpu::for_chunks(x.count() / width, width, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i) {
        const std::int64_t head = i / rows, row = i % rows;
        const T* angles = table + row * width;
        if (turn.interleaved)
          turn_row(to[head][row], from[head][row], angles, pairs, 1, 2);
        else
          turn_row(to[head][row], from[head][row], angles, pairs, pairs, 1);
      }
    });
  });
}

}  // namespace tutti::launch
