// Products of small matrices, summed in vector registers.
#pragma once

#include <cstdint>
#include <cstring>

#include "gemm.h"

namespace tutti::cpu {

/// Of the widest registers that this build uses.
inline constexpr int vector_bytes = __BIGGEST_ALIGNMENT__;
template <class T>
inline constexpr int vector_lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T, int lanes>
struct VectorOf {
  typedef T type __attribute__((vector_size(lanes * sizeof(T))));
};
template <class T>
struct VectorOf<T, 1> {
  using type = T;
};

template <class T, int rows, int vectors, int lanes>
void product_block(Update update, T* out, std::int64_t out_step, Matrix<T> a, const T* b,
                   std::int64_t b_step, std::int64_t k) {
  using V = typename VectorOf<T, lanes>::type;
  V sums[rows][vectors] = {};
  for (std::int64_t p = 0; p < k; ++p) {
    V right[vectors];
    for (int j = 0; j < vectors; ++j) std::memcpy(&right[j], b + p * b_step + j * lanes, sizeof(V));
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const T left = a.data[i * a.row_step + p * a.column_step];
#pragma GCC unroll 8
      for (int j = 0; j < vectors; ++j) sums[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < vectors; ++j) {
      T* to = out + i * out_step + j * lanes;
      V before;
      std::memcpy(&before, to, sizeof(V));
      V result = update == Update::add ? before + sums[i][j] : sums[i][j];
      std::memcpy(to, &result, sizeof(V));
    }
}

template <class T, int vectors, int lanes>
void product_columns(Update update, T* out, std::int64_t out_step, Matrix<T> a, const T* b,
                     std::int64_t b_step, std::int64_t m, std::int64_t k) {
  // As many sums as registers hold beside the factors: 16 of 32 with AVX-512, 12 of 16 else.
  constexpr int rows = vector_bytes >= 64 ? 8 : 6;
  for (; m >= rows; m -= rows, out += rows * out_step, a.data += rows * a.row_step)
    product_block<T, rows, vectors, lanes>(update, out, out_step, a, b, b_step, k);
  for (; m > 0; --m, out += out_step, a.data += a.row_step)
    product_block<T, 1, vectors, lanes>(update, out, out_step, a, b, b_step, k);
}

/// out[m, n] = or += a[m, k] b[k, n]: a has any steps, the rows of b and out have no gaps and begin
/// b_step and out_step elements apart. Every sum runs over k in sequence. For matrices that fit in
/// the first caches.
template <class T>
void tile_product(Update update, T* out, std::int64_t out_step, Matrix<T> a, const T* b,
                  std::int64_t b_step, std::int64_t m, std::int64_t n, std::int64_t k) {
  constexpr int lanes = vector_lanes<T>;
  std::int64_t j = 0;
  auto columns = [&]<int vectors, int width>() {
    for (; n - j >= vectors * width; j += vectors * width)
      product_columns<T, vectors, width>(update, out + j, out_step, a, b + j, b_step, m, k);
  };
  columns.template operator()<2, lanes>();
  columns.template operator()<1, lanes>();
  columns.template operator()<1, lanes / 2>();
  columns.template operator()<1, 1>();
}

}  // namespace tutti::cpu
