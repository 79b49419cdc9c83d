// Attention by tiles of scores that stay in the first caches, forward and backward. A tile holds a
// query in each column and a key in each row: what is computed for each query, its maximum, sum and
// gradient's offset, lies side by side in vector lanes.
#include <limits>

#include "attention_dropout.h"
#include "heads.h"
#include "launch.h"
#include "row_sums.h"
#include "softmax.h"
#include "tasks.h"
#include "tile_product.h"

namespace tutti::launch {
namespace {

using cpu::Heads;
using cpu::read;
using cpu::Rows;
using cpu::written;

constexpr std::int64_t tile_queries = 64, tile_keys = 64;
// So few queries, as when a text is generated, would leave most of a tile empty: forward takes them
// one by one.
constexpr std::int64_t few_queries = 8;

// to[p][i] = factor * from[i][p], and 0 in the columns from m on.
template <class T>
void transpose(T* to, Rows<const T> from, std::int64_t m, std::int64_t width, T factor) {
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t p = 0; p < width; ++p) to[p * tile_queries + i] = factor * from[i][p];
  if (m == tile_queries) return;
  for (std::int64_t p = 0; p < width; ++p)
    std::fill(to + p * tile_queries + m, to + (p + 1) * tile_queries, T(0));
}

// Where m queries from `query` on meet n keys from `key` on. On the diagonal, where query i sees
// keys 0 to i, work is cut into strips that leave out most of what is hidden.
struct Place {
  std::int64_t query, m, key, n;
  bool diagonal;

  static constexpr std::int64_t strip = 16;

  /// The first query whose score with key j is stored.
  std::int64_t first(std::int64_t j) const { return diagonal ? j / strip * strip : 0; }

  /// Calls f(first key, how many, first query that sees any of them).
  template <class F>
  void each_keys(F f) const {
    const std::int64_t step = diagonal ? strip : n;
    for (std::int64_t j = 0; j < n; j += step) f(j, std::min(step, n - j), first(j));
  }
  /// Calls f(first query, how many, the number of keys that they see).
  template <class F>
  void each_queries(F f) const {
    const std::int64_t step = diagonal ? strip : m;
    for (std::int64_t i = 0; i < m; i += step)
      f(i, std::min(step, m - i), diagonal ? std::min(n, i + strip) : n);
  }
};

struct Extents {
  std::int64_t heads = 1, kv_heads = 1, t, s, d, e;
  AttentionRule rule;

  Extents(const Tensor& q, const Tensor& k, const Tensor& v, AttentionRule given)
      : t(q.size(-2)), s(k.size(-2)), d(q.size(-1)), e(v.size(-1)), rule(given) {
    for (int axis = 0; axis < q.rank() - 2; ++axis)
      heads *= q.shape()[axis], kv_heads *= k.shape()[axis];
  }
  bool drops() const { return rule.dropout > 0; }
  /// How many of q's heads read one of k's.
  std::int64_t group() const { return kv_heads > 0 ? heads / kv_heads : 1; }
  std::int64_t query_tiles() const { return (t + tile_queries - 1) / tile_queries; }
  /// Keys [0, here) are seen by the queries from `query` on that are one tile.
  std::int64_t keys_seen(std::int64_t query) const {
    return rule.causal ? std::min(s, std::min(t, query + tile_queries) + rule.offset) : s;
  }
  /// The first tile of keys is so long that a later one begins with the key of the first query.
  Place place(std::int64_t query, std::int64_t m, std::int64_t key, std::int64_t end) const {
    static_assert(tile_queries == tile_keys);
    const std::int64_t before = rule.causal && key == 0 ? rule.offset % tile_keys : 0;
    return {query, m, key, std::min(before > 0 ? before : tile_keys, end - key),
            rule.causal && key == query + rule.offset};
  }
};

// A tile of numbers for pairs: a row for each key, a column for each query.
template <class T>
struct Tile {
  T* x;

  T* operator[](std::int64_t j) const { return x + j * tile_queries; }

  /// this = keys times the queries that are the columns of `queries` [width, tile_queries].
  void multiply(const Place& place, Rows<const T> keys, const T* queries,
                std::int64_t width) const {
    place.each_keys([&](std::int64_t j, std::int64_t count, std::int64_t i) {
      cpu::tile_product<T>(cpu::Update::store, (*this)[j] + i, tile_queries,
                           {keys[j], keys.step, 1}, queries + i, tile_queries, count,
                           tile_queries - i, width);
    });
  }
  /// to (rows by key) += this times `from` (rows by query).
  void add_to_keys(const Place& place, Rows<T> to, Rows<const T> from, std::int64_t width) const {
    place.each_keys([&](std::int64_t j, std::int64_t count, std::int64_t i) {
      cpu::tile_product<T>(cpu::Update::add, to[j], to.step, {(*this)[j] + i, tile_queries, 1},
                           from[i], from.step, count, width, place.m - i);
    });
  }
  /// to (rows by query) = or += the transpose of this times `from` (rows by key).
  void add_to_queries(cpu::Update update, const Place& place, Rows<T> to, Rows<const T> from,
                      std::int64_t width) const {
    place.each_queries([&](std::int64_t i, std::int64_t count, std::int64_t keys) {
      cpu::tile_product<T>(update, to[i], to.step, {x + i, 1, tile_queries}, from.data, from.step,
                           count, width, keys);
    });
  }

  /// this = the scores: -infinity where a key is hidden.
  void score(const Place& place, Rows<const T> keys, const T* queries, std::int64_t width,
             Rows<const T> mask) const {
    multiply(place, keys, queries, width);
    if (mask.data)
      for (std::int64_t i = 0; i < place.m; ++i)
        for (std::int64_t j = 0; j < place.n; ++j)
          (*this)[j][i] += mask[place.query + i][place.key + j];
    if (place.diagonal)
      for (std::int64_t j = 0; j < place.n; ++j)
        std::fill((*this)[j] + place.first(j), (*this)[j] + j, -std::numeric_limits<T>::infinity());
  }
  /// this = what the pairs' probabilities are multiplied by.
  void draw(const Place& place, const Extents& of, std::int64_t head) const {
    static_assert(cpu::philox_calls == tile_queries);
    cpu::PairDraws<T>(of.rule, of.s).tile(x, head * of.t + place.query, place.key, place.n);
  }
  /// this = a * b.
  void product(const Place& place, Tile a, Tile b) const {
    for (std::int64_t j = 0; j < place.n; ++j) {
      T* row = (*this)[j];
      const T *left = a[j], *right = b[j];
#pragma omp simd
      for (std::int64_t i = place.first(j); i < tile_queries; ++i) row[i] = left[i] * right[i];
    }
  }
  /// this = exp(this - shift), a shift for each query.
  void to_powers(const Place& place, const T* shift) const {
    for (std::int64_t j = 0; j < place.n; ++j) {
      T* row = (*this)[j];
#pragma omp simd
      for (std::int64_t i = place.first(j); i < tile_queries; ++i)
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

  static std::int64_t scratch(const Extents& of) {
    return std::max((of.d + (of.drops() ? 2 : 1) * tile_keys + 4) * tile_queries, of.s);
  }

  void operator()(std::int64_t head, std::int64_t query, T* scratch) const {
    const std::int64_t m = std::min(tile_queries, extents.t - query);
    if (m > few_queries) return tile_of(head, query, m, scratch);
    for (std::int64_t i = query; i < query + m; ++i) alone(head, i, scratch);
  }

 private:
  void alone(std::int64_t head, std::int64_t query, T* scores) const {
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    const AttentionRule& rule = extents.rule;
    const std::int64_t d = extents.d, e = extents.e, from = head / extents.group();
    const std::int64_t n = rule.causal ? std::min(extents.s, query + 1 + rule.offset) : extents.s;
    const Rows<const T> keys = k[from], values = v[from];
    const T *row = q[head][query], *added = mask[head].data ? mask[head][query] : nullptr;
    const T scale = static_cast<T>(rule.scale);
    for (std::int64_t j = 0; j < n; ++j) {
      const T* key = keys[j];
      scores[j] = scale * cpu::sum_over<T>(d, [=](std::int64_t p) { return row[p] * key[p]; });
      if (added) scores[j] += added[j];
    }
    const T largest = cpu::reduce_row(cpu::Max{}, scores, n);
    cpu::exp_row(scores, scores, n, largest == lowest ? T(0) : largest);
    const T sum = cpu::reduce_row(cpu::Sum{}, scores, n), factor = sum == 0 ? T(0) : 1 / sum;
    if (extents.drops())
      cpu::PairDraws<T>(rule, extents.s).drop(scores, head * extents.t + query, n);
    T* result = out[head][query];
    std::fill_n(result, e, T(0));
    for (std::int64_t j = 0; j < n; ++j) {
      const T *value = values[j], power = scores[j] * factor;
      for (std::int64_t p = 0; p < e; ++p) result[p] += power * value[p];
    }
    log_sums[head * extents.t + query] = sum == 0 ? -lowest : largest + log(Real<T>(sum)).v;
  }

  void tile_of(std::int64_t head, std::int64_t query, std::int64_t m, T* scratch) const {
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    T *largest = scratch, *sum = largest + tile_queries, *shift = sum + tile_queries;
    T *factor = shift + tile_queries, *scaled = factor + tile_queries;
    const Tile<T> tile{scaled + extents.d * tile_queries}, drawn{tile[tile_keys]};
    const Rows<const T> queries = q[head].from(query);
    transpose(scaled, queries, m, extents.d, static_cast<T>(extents.rule.scale));
    std::fill_n(largest, tile_queries, lowest);
    std::fill_n(sum, tile_queries, T(0));
    const Rows<T> result = out[head].from(query);
    const std::int64_t end = extents.keys_seen(query), from = head / extents.group();
    for (std::int64_t key = 0, next; key < end; key = next) {
      const Place place = extents.place(query, m, key, end);
      next = key + place.n;
      tile.score(place, k[from].from(key), scaled, extents.d, mask[head]);
      std::copy_n(largest, tile_queries, factor);
      for (std::int64_t j = 0; j < place.n; ++j) {
        const T* row = tile[j];
#pragma omp simd
        for (std::int64_t i = place.first(j); i < tile_queries; ++i)
          largest[i] = cpu::Max{}(largest[i], row[i]);
      }
#pragma omp simd
      for (std::int64_t i = 0; i < tile_queries; ++i) {
        // While nothing was seen, -infinity - 0 gives powers of 0 and not NaN.
        shift[i] = largest[i] == lowest ? T(0) : largest[i];
        factor[i] = exp(Real<T>(factor[i] - shift[i])).v;
        sum[i] *= factor[i];
      }
      tile.to_powers(place, shift);
      for (std::int64_t j = 0; j < place.n; ++j) {
        const T* row = tile[j];
#pragma omp simd
        for (std::int64_t i = place.first(j); i < tile_queries; ++i) sum[i] += row[i];
      }
      if (extents.drops()) {
        drawn.draw(place, extents, head);
        tile.product(place, tile, drawn);
      }
      if (key > 0) scale_rows(result, factor, m);
      tile.add_to_queries(key > 0 ? cpu::Update::add : cpu::Update::store, place, result,
                          v[from].from(key), extents.e);
    }
    for (std::int64_t i = 0; i < m; ++i) factor[i] = sum[i] == 0 ? T(0) : 1 / sum[i];
    if (end == 0)
      for (std::int64_t i = 0; i < m; ++i) std::fill_n(result[i], extents.e, T(0));
    scale_rows(result, factor, m);
    for (std::int64_t i = 0; i < m; ++i)
      log_sums[head * extents.t + query + i] =
          sum[i] == 0 ? -lowest : largest[i] + log(Real<T>(sum[i])).v;
  }

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
    return (of.d + of.e + (of.drops() ? 3 : 2) * tile_keys + 2) * tile_queries;
  }

  /// All gradients of a head of k and v and of q's heads that read it.
  void operator()(std::int64_t kv_head, T* scratch) const {
    clear(dk[kv_head], extents.s, extents.d);
    clear(dv[kv_head], extents.s, extents.e);
    const std::int64_t group = extents.group();
    for (std::int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      if (extents.s == 0) clear(dq[head], extents.t, extents.d);
      for (std::int64_t query = 0; query < extents.t; query += tile_queries)
        add_queries(head, kv_head, query, scratch);
    }
  }

 private:
  static void clear(Rows<T> rows, std::int64_t n, std::int64_t width) {
    if (!rows.data) return;
    for (std::int64_t i = 0; i < n; ++i) std::fill_n(rows[i], width, T(0));
  }

  void add_queries(std::int64_t head, std::int64_t kv_head, std::int64_t query, T* scratch) const {
    const std::int64_t t = extents.t, d = extents.d, e = extents.e;
    const T factor = static_cast<T>(extents.rule.scale);
    const std::int64_t m = std::min(tile_queries, t - query);
    T *offset = scratch, *log_sum = offset + tile_queries, *scaled = log_sum + tile_queries;
    T* gradient = scaled + d * tile_queries;
    const Tile<T> powers{gradient + e * tile_queries}, slopes{powers[tile_keys]};
    const Tile<T> drawn{slopes[tile_keys]};
    const Rows<const T> queries = q[head].from(query), gradients = g[head].from(query);
    const Rows<const T> results = out[head].from(query);
    transpose(scaled, queries, m, d, factor);
    transpose(gradient, gradients, m, e, T(1));
    std::fill_n(offset, tile_queries, T(0));
    // exp(x - infinity) is 0: queries past the last one take part in nothing.
    std::fill_n(log_sum, tile_queries, std::numeric_limits<T>::infinity());
    std::copy_n(log_sums + head * t + query, m, log_sum);
    for (std::int64_t i = 0; i < m; ++i) {
      const T *left = gradients[i], *right = results[i];
      offset[i] = cpu::sum_over<T>(e, [=](std::int64_t p) { return left[p] * right[p]; });
    }
    const Rows<T> to_q = dq[head], to_k = dk[kv_head], to_v = dv[kv_head];
    const std::int64_t end = extents.keys_seen(query);
    for (std::int64_t key = 0, next; key < end; key = next) {
      const Place place = extents.place(query, m, key, end);
      next = key + place.n;
      const Rows<const T> keys = k[kv_head].from(key);
      powers.score(place, keys, scaled, d, mask[head]);
      powers.to_powers(place, log_sum);
      if (extents.drops()) {
        drawn.draw(place, extents, head);
        slopes.product(place, powers, drawn);
      }
      if (to_v.data)
        (extents.drops() ? slopes : powers).add_to_keys(place, to_v.from(key), gradients, e);
      if (!to_q.data && !to_k.data) continue;
      slopes.multiply(place, v[kv_head].from(key), gradient, e);
      if (extents.drops()) slopes.product(place, slopes, drawn);
      for (std::int64_t j = 0; j < place.n; ++j) {
        T* slope = slopes[j];
        const T* p = powers[j];
#pragma omp simd
        for (std::int64_t i = place.first(j); i < tile_queries; ++i)
          slope[i] = p[i] * (slope[i] - offset[i]) * factor;
      }
      if (to_k.data) slopes.add_to_keys(place, to_k.from(key), queries, d);
      if (to_q.data)
        slopes.add_to_queries(key > 0 ? cpu::Update::add : cpu::Update::store, place,
                              to_q.from(query), keys, d);
    }
  }
};

}  // namespace

void attention(CpuStream, const Tensor& out, const Tensor& log_sums, const Tensor& q,
               const Tensor& k, const Tensor& v, const Tensor& mask, AttentionRule rule) {
  const Extents extents(q, k, v, rule);
  visit_float(q.dtype(), "attention", [&]<class T>() {
    Forward<T> forward{extents,      written<T>(out), log_sums.mutable_data<T>(),
                       read<T>(q),   read<T>(k),      read<T>(v),
                       read<T>(mask)};
    const std::int64_t tiles = extents.query_tiles(), tasks = extents.heads * tiles;
    cpu::Scratch<T> scratch(q.device(), forward.scratch(extents), tasks);
    cpu::for_chunks(tasks, tile_queries * extents.s,
                    [&](std::int64_t i, std::int64_t end, int worker) {
                      for (; i < end; ++i)
                        forward(i / tiles, i % tiles * tile_queries, scratch.of(worker));
                    });
  });
}

void attention_gradients(CpuStream, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                         const Tensor& g, const Tensor& out, const Tensor& log_sums,
                         const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                         AttentionRule rule) {
  const Extents extents(q, k, v, rule);
  visit_float(q.dtype(), "attention", [&]<class T>() {
    Backward<T> backward{extents,    written<T>(dq), written<T>(dk),     written<T>(dv),
                         read<T>(g), read<T>(out),   log_sums.data<T>(), read<T>(q),
                         read<T>(k), read<T>(v),     read<T>(mask)};
    cpu::Scratch<T> scratch(q.device(), backward.scratch(extents), extents.kv_heads);
    // A task a head of k and v: the sums over its queries have one order.
    cpu::for_chunks(extents.kv_heads, extents.group() * extents.t * extents.s,
                    [&](std::int64_t head, std::int64_t end, int worker) {
                      for (; head < end; ++head) backward(head, scratch.of(worker));
                    });
  });
}

}  // namespace tutti::launch
