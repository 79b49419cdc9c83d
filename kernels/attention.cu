// Attention, a warp for each query; for the gradients by k and v, a warp for each key. The lanes
// share out the columns; the matrix of all pairs is never stored.
#include <cmath>

#include "heads.h"
#include "launch.h"
#include "ops/dropout_rule.h"
#include "warp.h"

namespace tutti::launch {
namespace {

using cuda::Heads;
using cuda::read;
using cuda::written;

template <class T>
__device__ T dot(const T* a, const T* b, std::int64_t n, cuda::Warp warp) {
  T sum = 0;
  for (std::int64_t p = warp.lane(); p < n; p += cuda::warp_threads) sum += a[p] * b[p];
  return cuda::combine_lanes(warp, cuda::Sum{}, sum);
}

// What forward and backward know of the problem.
template <class T>
struct Scores {
  Heads<const T> q, k, v, mask;
  std::int64_t t, s, d, e, offset, group = 1;
  bool causal;
  T scale;
  // Of dropout.
  RandomDraw draw;
  std::uint32_t threshold;
  T kept;

  Scores(const Tensor& queries, const Tensor& keys, const Tensor& values, const Tensor& added,
         AttentionRule rule)
      : q(read<T>(queries)),
        k(read<T>(keys)),
        v(read<T>(values)),
        mask(read<T>(added)),
        t(queries.size(-2)),
        s(keys.size(-2)),
        d(queries.size(-1)),
        e(values.size(-1)),
        offset(rule.offset),
        causal(rule.causal),
        scale(static_cast<T>(rule.scale)),
        draw(rule.draw),
        threshold(dropout_threshold(rule.dropout)),
        kept(static_cast<T>(1 / (1 - rule.dropout))) {
    for (int axis = 0; axis < queries.rank() - 2; ++axis)
      if (keys.shape()[axis] > 0) group *= queries.shape()[axis] / keys.shape()[axis];
  }

  __device__ std::int64_t keys_seen(std::int64_t query) const {
    return causal && offset + query + 1 < s ? offset + query + 1 : s;
  }
  __device__ T score(std::int64_t head, std::int64_t query, std::int64_t key,
                     cuda::Warp warp) const {
    T x = scale * dot(q.row(head, query), k.row(head / group, key), d, warp);
    return mask.data ? x + mask.row(head, query)[key] : x;
  }
  // Does dropout keep the pairs of a warp's lanes, each of which names its own: a bit for each
  // lane.
  __device__ std::uint32_t kept_pairs(std::int64_t row, std::int64_t key, cuda::Warp warp) const {
    if (threshold == 0) return ~0u;
    const Philox::Words words =
        Philox(draw.key).at(draw.stream, static_cast<std::uint64_t>(row * ((s + 3) / 4) + key / 4));
    return warp.ballot(words[static_cast<std::size_t>(key % 4)] >> 8 >= threshold);
  }
  // What the probability of lane `lane`'s pair is multiplied by.
  __device__ T factor(std::uint32_t pairs, std::int64_t lane) const {
    return pairs >> lane & 1 ? kept : T(0);
  }
};

template <class T>
struct Forward {
  Scores<T> scores;
  Heads<T> out;
  T* log_sums;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const std::int64_t head = row / scores.t, query = row % scores.t;
    const T lowest = static_cast<T>(-INFINITY);
    T* to = out.row(head, query);
    for (std::int64_t j = warp.lane(); j < scores.e; j += cuda::warp_threads) to[j] = 0;
    T largest = lowest, sum = 0;
    std::uint32_t pairs = 0;
    for (std::int64_t key = 0; key < scores.keys_seen(query); ++key) {
      const std::int64_t lane = key % cuda::warp_threads;
      if (lane == 0) pairs = scores.kept_pairs(row, key + warp.lane(), warp);
      const T x = scores.score(head, query, key, warp);
      if (x == lowest) continue;
      const T before = largest;
      largest = cuda::Max{}(largest, x);
      const T factor = std::exp(before - largest), power = std::exp(x - largest);
      sum = sum * factor + power;
      const T weight = power * scores.factor(pairs, lane);
      const T* value = scores.v.row(head / scores.group, key);
      for (std::int64_t j = warp.lane(); j < scores.e; j += cuda::warp_threads)
        to[j] = to[j] * factor + weight * value[j];
    }
    if (sum != 0)
      for (std::int64_t j = warp.lane(); j < scores.e; j += cuda::warp_threads) to[j] /= sum;
    if (warp.lane() == 0) log_sums[row] = sum == 0 ? -lowest : largest + std::log(sum);
  }
};

// offsets[row] = the sum of g * out, which every slope of the row has subtracted.
template <class T>
struct Offsets {
  Heads<const T> g, out;
  std::int64_t t, e;
  T* offsets;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T offset = dot(g.row(row / t, row % t), out.row(row / t, row % t), e, warp);
    if (warp.lane() == 0) offsets[row] = offset;
  }
};

// A pair's probability, and the derivative by its product of q and k.
template <class T>
struct Slopes {
  Scores<T> scores;
  Heads<const T> g;
  const T *log_sums, *offsets;

  struct Pair {
    T probability, slope;
  };
  __device__ Pair pair(std::int64_t head, std::int64_t query, std::int64_t key, T factor,
                       cuda::Warp warp) const {
    const std::int64_t row = head * scores.t + query;
    const T p = std::exp(scores.score(head, query, key, warp) - log_sums[row]);
    const T dp = dot(g.row(head, query), scores.v.row(head / scores.group, key), scores.e, warp);
    return {p * factor, p * (dp * factor - offsets[row]) * scores.scale};
  }
};

template <class T>
struct QueryGradient {
  Slopes<T> slopes;
  Heads<T> dq;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const Scores<T>& scores = slopes.scores;
    const std::int64_t head = row / scores.t, query = row % scores.t;
    T* to = dq.row(head, query);
    for (std::int64_t j = warp.lane(); j < scores.d; j += cuda::warp_threads) to[j] = 0;
    std::uint32_t pairs = 0;
    for (std::int64_t key = 0; key < scores.keys_seen(query); ++key) {
      const std::int64_t lane = key % cuda::warp_threads;
      if (lane == 0) pairs = scores.kept_pairs(row, key + warp.lane(), warp);
      const T slope = slopes.pair(head, query, key, scores.factor(pairs, lane), warp).slope;
      const T* from = scores.k.row(head / scores.group, key);
      for (std::int64_t j = warp.lane(); j < scores.d; j += cuda::warp_threads)
        to[j] += slope * from[j];
    }
  }
};

template <class T>
struct KeyGradients {
  Slopes<T> slopes;
  Heads<T> dk, dv;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const Scores<T>& scores = slopes.scores;
    const std::int64_t kv_head = row / scores.s, key = row % scores.s;
    T* to_k = dk.data ? dk.row(kv_head, key) : nullptr;
    T* to_v = dv.data ? dv.row(kv_head, key) : nullptr;
    if (to_k)
      for (std::int64_t j = warp.lane(); j < scores.d; j += cuda::warp_threads) to_k[j] = 0;
    if (to_v)
      for (std::int64_t j = warp.lane(); j < scores.e; j += cuda::warp_threads) to_v[j] = 0;
    const std::int64_t first = scores.causal && key > scores.offset ? key - scores.offset : 0;
    std::uint32_t pairs = 0;
    for (std::int64_t head = kv_head * scores.group; head < (kv_head + 1) * scores.group; ++head)
      for (std::int64_t query = first; query < scores.t; ++query) {
        const std::int64_t lane = (query - first) % cuda::warp_threads;
        if (lane == 0) pairs = scores.kept_pairs(head * scores.t + query + warp.lane(), key, warp);
        const auto pair = slopes.pair(head, query, key, scores.factor(pairs, lane), warp);
        const T *from_q = scores.q.row(head, query), *from_g = slopes.g.row(head, query);
        if (to_k)
          for (std::int64_t j = warp.lane(); j < scores.d; j += cuda::warp_threads)
            to_k[j] += pair.slope * from_q[j];
        if (to_v)
          for (std::int64_t j = warp.lane(); j < scores.e; j += cuda::warp_threads)
            to_v[j] += pair.probability * from_g[j];
      }
  }
};

}  // namespace

void attention(CudaStream stream, const Tensor& out, const Tensor& log_sums, const Tensor& q,
               const Tensor& k, const Tensor& v, const Tensor& mask, AttentionRule rule) {
  visit_float(q.dtype(), "attention", [&]<class T>() {
    cuda::for_each_warp(
        "attention", stream, log_sums.count(),
        Forward<T>{Scores<T>(q, k, v, mask, rule), written<T>(out), log_sums.mutable_data<T>()});
  });
}

void attention_gradients(CudaStream stream, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                         const Tensor& g, const Tensor& out, const Tensor& log_sums,
                         const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                         AttentionRule rule) {
  const std::int64_t rows = log_sums.count();
  const std::int64_t key_rows = k.count() / k.size(-1);
  visit_float(q.dtype(), "attention", [&]<class T>() {
    Tensor offsets(log_sums.shape(), q.dtype(), q.device());
    cuda::for_each_warp(
        "attention", stream, rows,
        Offsets<T>{read<T>(g), read<T>(out), q.size(-2), v.size(-1), offsets.mutable_data<T>()});
    Slopes<T> slopes{Scores<T>(q, k, v, mask, rule), read<T>(g), log_sums.data<T>(),
                     offsets.data<T>()};
    if (dq)
      cuda::for_each_warp("attention", stream, rows, QueryGradient<T>{slopes, written<T>(dq)});
    if (dk || dv)
      cuda::for_each_warp("attention", stream, key_rows,
                          KeyGradients<T>{slopes, written<T>(dk), written<T>(dv)});
  });
}

}  // namespace tutti::launch
