// Attention by tiles of scores that stay in the first caches, forward and backward. A tile holds a
// query in each column and a key in each row: what is computed for each query, its maximum, sum and
// gradient's offset, lies side by side in vector lanes.
#include <array>
#include <limits>

#include "launch.h"
#include "row_sums.h"
#include "softmax.h"
#include "tasks.h"
#include "tile_product.h"

namespace tutti::launch {
namespace {

constexpr std::int64_t tile_queries = 64, tile_keys = 64;

/// A matrix whose rows have no gaps.
template <class T>
struct Rows {
  T* data = nullptr;
  std::int64_t step = 0;

  T* operator[](std::int64_t row) const { return data + row * step; }
};

/// A tensor [..., n, c] as matrices, one for each head of the batch.
template <class T>
class Heads {
 public:
  Heads(const Tensor& x, T* data) : x_(x), data_(data) {}
  Rows<T> operator[](std::int64_t head) const {
    if (!data_) return {};
    std::int64_t offset = 0;
    for (int axis = x_.rank() - 3; axis >= 0; --axis) {
      offset += head % x_.shape()[axis] * x_.strides()[axis];
      head /= x_.shape()[axis];
    }
    return {data_ + offset, x_.strides()[x_.rank() - 2]};
  }

 private:
  Tensor x_;
  T* data_;
};

template <class T>
Heads<const T> read(const Tensor& x) {
  return {x, x ? x.data<T>() : nullptr};
}
template <class T>
Heads<T> written(const Tensor& x) {
  return {x, x ? x.mutable_data<T>() : nullptr};
}

struct Extents {
  std::int64_t heads, t, s, d, e;
  bool causal;
  double scale;

  Extents(const Tensor& q, const Tensor& k, const Tensor& v, bool is_causal, double factor)
      : heads(1),
        t(q.size(-2)),
        s(k.size(-2)),
        d(q.size(-1)),
        e(v.size(-1)),
        causal(is_causal),
        scale(factor) {
    for (int axis = 0; axis < q.rank() - 2; ++axis) heads *= q.shape()[axis];
  }
  std::int64_t query_tiles() const { return (t + tile_queries - 1) / tile_queries; }
  /// Keys [0, here) are seen by the queries from `query` on that are one tile.
  std::int64_t keys_seen(std::int64_t query) const {
    return causal ? std::min(s, std::min(t, query + tile_queries)) : s;
  }
};

// to[p][i] = factor * from[i][p], and 0 in the columns from m on.
template <class T>
void transpose(T* to, Rows<const T> from, std::int64_t m, std::int64_t width, T factor) {
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t p = 0; p < width; ++p) to[p * tile_queries + i] = factor * from[i][p];
  if (m == tile_queries) return;
  for (std::int64_t p = 0; p < width; ++p)
    std::fill(to + p * tile_queries + m, to + (p + 1) * tile_queries, T(0));
}

// The scores of m queries from `query` and n keys from `key` on; -infinity where a key is hidden.
template <class T>
struct Scores {
  T* x;  // [tile_keys, tile_queries]
  std::int64_t query, m, key, n;
  bool causal;

  T* operator[](std::int64_t j) const { return x + j * tile_queries; }
  /// The queries before it do not see key j of the tile.
  std::int64_t first(std::int64_t j) const {
    return causal ? std::clamp<std::int64_t>(key + j - query, 0, tile_queries) : 0;
  }

  void compute(Rows<const T> k, const T* scaled_queries, std::int64_t d, Rows<const T> mask) const {
    cpu::tile_product<T>(cpu::Update::store, x, tile_queries, {k[key], k.step, 1}, scaled_queries,
                         tile_queries, n, tile_queries, d);
    if (mask.data)
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) (*this)[j][i] += mask[query + i][key + j];
    for (std::int64_t j = 0; j < n; ++j)
      std::fill_n((*this)[j], first(j), -std::numeric_limits<T>::infinity());
  }

  /// x = exp(x - shift), a shift for each query.
  void to_powers(const T* shift) const {
    for (std::int64_t j = 0; j < n; ++j) {
      T* row = (*this)[j];
      // exp gives the other hidden ones 0.
      const std::int64_t begin = first(j) / 16 * 16;
      std::fill_n(row, begin, T(0));
#pragma omp simd
      for (std::int64_t i = begin; i < tile_queries; ++i)
        row[i] = exp(Real<T>(row[i] - shift[i])).v;
    }
  }
};

template <class T>
struct Forward {
  Extents extents;
  Heads<T> out;
  T* log_sums;
  Heads<const T> q, k, v, mask;

  static std::int64_t scratch(const Extents& of) { return (of.d + tile_keys + 4) * tile_queries; }

  void operator()(std::int64_t head, std::int64_t query, T* scratch) const {
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    const std::int64_t m = std::min(tile_queries, extents.t - query);
    T *largest = scratch, *sum = largest + tile_queries, *shift = sum + tile_queries;
    T *factor = shift + tile_queries, *scaled = factor + tile_queries;
    T* tile = scaled + extents.d * tile_queries;
    Rows<const T> queries = q[head];
    queries.data += query * queries.step;
    transpose(scaled, queries, m, extents.d, static_cast<T>(extents.scale));
    std::fill_n(largest, tile_queries, lowest);
    std::fill_n(sum, tile_queries, T(0));
    Rows<T> result = out[head];
    result.data += query * result.step;
    const Rows<const T> values = v[head];
    const std::int64_t end = extents.keys_seen(query);
    for (std::int64_t key = 0; key < end; key += tile_keys) {
      Scores<T> scores{tile, query, m, key, std::min(tile_keys, end - key), extents.causal};
      scores.compute(k[head], scaled, extents.d, mask[head]);
      std::copy_n(largest, tile_queries, factor);
      for (std::int64_t j = 0; j < scores.n; ++j) {
        const T* row = scores[j];
#pragma omp simd
        for (std::int64_t i = 0; i < tile_queries; ++i) largest[i] = cpu::Max{}(largest[i], row[i]);
      }
#pragma omp simd
      for (std::int64_t i = 0; i < tile_queries; ++i) {
        // While nothing was seen, -infinity - 0 gives powers of 0 and not NaN.
        shift[i] = largest[i] == lowest ? T(0) : largest[i];
        factor[i] = exp(Real<T>(factor[i] - shift[i])).v;
        sum[i] *= factor[i];
      }
      scores.to_powers(shift);
      for (std::int64_t j = 0; j < scores.n; ++j) {
        const T* row = scores[j];
#pragma omp simd
        for (std::int64_t i = 0; i < tile_queries; ++i) sum[i] += row[i];
      }
      if (key > 0) scale_rows(result, factor, m);
      cpu::tile_product<T>(key > 0 ? cpu::Update::add : cpu::Update::store, result.data,
                           result.step, {tile, 1, tile_queries}, values[key], values.step, m,
                           extents.e, scores.n);
    }
    for (std::int64_t i = 0; i < m; ++i) factor[i] = sum[i] == 0 ? T(0) : 1 / sum[i];
    if (end == 0)
      for (std::int64_t i = 0; i < m; ++i) std::fill_n(result[i], extents.e, T(0));
    scale_rows(result, factor, m);
    for (std::int64_t i = 0; i < m; ++i)
      log_sums[head * extents.t + query + i] =
          sum[i] == 0 ? -lowest : largest[i] + log(Real<T>(sum[i])).v;
  }

 private:
  void scale_rows(Rows<T> rows, const T* factor, std::int64_t m) const {
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < extents.e; ++j) rows[i][j] *= factor[i];
  }
};

template <class T>
struct Backward {
  Extents extents;
  Heads<T> dq, dk, dv;
  Heads<const T> g, out;
  const T* log_sums;
  Heads<const T> q, k, v, mask;

  static std::int64_t scratch(const Extents& of) {
    return (of.d + of.e + 2 * tile_keys + 2) * tile_queries;
  }

  void operator()(std::int64_t head, T* scratch) const {
    clear(dk[head], extents.s, extents.d);
    clear(dv[head], extents.s, extents.e);
    if (extents.s == 0) clear(dq[head], extents.t, extents.d);
    for (std::int64_t query = 0; query < extents.t; query += tile_queries)
      add_queries(head, query, scratch);
  }

 private:
  static void clear(Rows<T> rows, std::int64_t n, std::int64_t width) {
    if (!rows.data) return;
    for (std::int64_t i = 0; i < n; ++i) std::fill_n(rows[i], width, T(0));
  }

  void add_queries(std::int64_t head, std::int64_t query, T* scratch) const {
    using cpu::Update;
    const auto& [heads, t, s, d, e, causal, scale] = extents;
    const std::int64_t m = std::min(tile_queries, t - query);
    T *offset = scratch, *log_sum = offset + tile_queries, *scaled = log_sum + tile_queries;
    T *gradient = scaled + d * tile_queries, *tile = gradient + e * tile_queries;
    T* slopes = tile + tile_keys * tile_queries;
    Rows<const T> queries = q[head], gradients = g[head], results = out[head];
    queries.data += query * queries.step, gradients.data += query * gradients.step;
    results.data += query * results.step;
    transpose(scaled, queries, m, d, static_cast<T>(scale));
    transpose(gradient, gradients, m, e, T(1));
    std::fill_n(offset, tile_queries, T(0));
    // exp(x - infinity) is 0: queries past the last one take part in nothing.
    std::fill_n(log_sum, tile_queries, std::numeric_limits<T>::infinity());
    std::copy_n(log_sums + head * t + query, m, log_sum);
    for (std::int64_t i = 0; i < m; ++i) {
      const T *left = gradients[i], *right = results[i];
      offset[i] = cpu::sum_over<T>(e, [=](std::int64_t p) { return left[p] * right[p]; });
    }
    const Rows<const T> keys = k[head], values = v[head];
    const Rows<T> to_q = dq[head], to_k = dk[head], to_v = dv[head];
    const std::int64_t end = extents.keys_seen(query);
    for (std::int64_t key = 0; key < end; key += tile_keys) {
      Scores<T> scores{tile, query, m, key, std::min(tile_keys, end - key), causal};
      const std::int64_t n = scores.n;
      scores.compute(keys, scaled, d, mask[head]);
      scores.to_powers(log_sum);
      if (to_v.data)
        cpu::tile_product<T>(Update::add, to_v[key], to_v.step, {tile, tile_queries, 1},
                             gradients.data, gradients.step, n, e, m);
      if (!to_q.data && !to_k.data) continue;
      cpu::tile_product<T>(Update::store, slopes, tile_queries, {values[key], values.step, 1},
                           gradient, tile_queries, n, tile_queries, e);
      const T factor = static_cast<T>(scale);
      for (std::int64_t j = 0; j < n; ++j) {
        T* slope = slopes + j * tile_queries;
        const T* p = scores[j];
#pragma omp simd
        for (std::int64_t i = 0; i < tile_queries; ++i)
          slope[i] = p[i] * (slope[i] - offset[i]) * factor;
      }
      if (to_k.data)
        cpu::tile_product<T>(Update::add, to_k[key], to_k.step, {slopes, tile_queries, 1},
                             queries.data, queries.step, n, d, m);
      if (to_q.data)
        cpu::tile_product<T>(key > 0 ? Update::add : Update::store, to_q[query], to_q.step,
                             {slopes, 1, tile_queries}, keys[key], keys.step, m, d, n);
    }
  }
};

}  // namespace

void attention(CpuStream, const Tensor& out, const Tensor& log_sums, const Tensor& q,
               const Tensor& k, const Tensor& v, const Tensor& mask, bool causal, double scale) {
  const Extents extents(q, k, v, causal, scale);
  visit_float(q.dtype(), "attention", [&]<class T>() {
    Forward<T> forward{extents,      written<T>(out), log_sums.mutable_data<T>(),
                       read<T>(q),   read<T>(k),      read<T>(v),
                       read<T>(mask)};
    cpu::Scratch<T> scratch(q.device(), forward.scratch(extents));
    const std::int64_t tiles = extents.query_tiles();
    cpu::for_chunks(extents.heads * tiles, tile_queries * extents.s,
                    [&](std::int64_t i, std::int64_t end, int worker) {
                      for (; i < end; ++i)
                        forward(i / tiles, i % tiles * tile_queries, scratch.of(worker));
                    });
  });
}

void attention_gradients(CpuStream, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                         const Tensor& g, const Tensor& out, const Tensor& log_sums,
                         const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                         bool causal, double scale) {
  const Extents extents(q, k, v, causal, scale);
  visit_float(q.dtype(), "attention", [&]<class T>() {
    Backward<T> backward{extents,    written<T>(dq), written<T>(dk),     written<T>(dv),
                         read<T>(g), read<T>(out),   log_sums.data<T>(), read<T>(q),
                         read<T>(k), read<T>(v),     read<T>(mask)};
    cpu::Scratch<T> scratch(q.device(), backward.scratch(extents));
    // A task a head: the sums over its queries have one order.
    cpu::for_chunks(extents.heads, extents.t * extents.s,
                    [&](std::int64_t head, std::int64_t end, int worker) {
                      for (; head < end; ++head) backward(head, scratch.of(worker));
                    });
  });
}

}  // namespace tutti::launch
