// What a report comes to on 2 and on 3 ranks.
#pragma once

#include "support/rank_errors.h"
#include "tutti/tensor/tensor.h"

namespace tutti::test {

/// Every rank gets an Error that has `part` in it, or quotes a peer's that has.
template <class F>
void expect_named(const F& body, const std::string& part) {
  for (int ranks : {2, 3}) {
    CAPTURE(ranks);
    expect_everywhere(errors_of(ranks, body), part);
  }
}

/// No rank gets one.
template <class F>
void expect_right(const F& body) {
  for (int ranks : {2, 3}) {
    CAPTURE(ranks);
    for (const std::string& error : errors_of(ranks, body)) CHECK(error == "");
  }
}

/// Error unless both have the same shape and f64 elements that differ by rounding alone: sums of
/// some ten numbers near 1.
inline void require_close(const Tensor& found, const Tensor& expected, std::string_view what) {
  if (!found || found.shape() != expected.shape())
    raise(what, ": found ", found.shape(), ", expected ", expected.shape());
  const auto f = found.to_vector<double>(), e = expected.to_vector<double>();
  for (std::size_t i = 0; i < f.size(); ++i)
    if (!(f[i] - e[i] < 1e-12 && e[i] - f[i] < 1e-12))
      raise(what, ": found ", f[i], " at ", i, ", expected ", e[i]);
}

/// The samples of one rank, of three features each, and those of ranks [0, ranks) in a row; f64.
inline Tensor samples_of(int rank, int count = 2) {
  std::vector<double> values;
  for (int i = 0; i < 3 * count; ++i) values.push_back(0.25 * ((7 * i + 5 * rank) % 9) - 1);
  return Tensor::from(values, {count, 3});
}
inline Tensor samples_of_all(int ranks, int count = 2) {
  Tensor all = Tensor::zeros({ranks * count, 3}, Dtype::f64);
  for (int rank = 0; rank < ranks; ++rank)
    all.slice(0, rank * count, (rank + 1) * count).copy_from(samples_of(rank, count));
  return all;
}

}  // namespace tutti::test
