// The launchers of tensor ops: one overload per backend, in lib/cpu and kernels. A tensor that a
// launcher writes is allocated by its caller; shapes, dtypes and devices have been checked.
#pragma once

#include "tutti/base/philox.h"
#include "tutti/base/windows.h"
#include "tutti/tensor/tensor.h"

// Declares a launcher for both backends.
#define TUTTI_LAUNCHER(name, ...)           \
  void name(CpuStream stream, __VA_ARGS__); \
  void name(CudaStream stream, __VA_ARGS__)

namespace tutti {
enum class IntegerOp;  // tutti/ops/integer.h
}

namespace tutti::launch {

/// to[i] = convert(from[i]) over any strides; equal shapes, any two dtypes.
TUTTI_LAUNCHER(copy, const Tensor& to, const Tensor& from);
TUTTI_LAUNCHER(fill, const Tensor& to, double value);
/// out[i] = offset + (shift + i) * step, computed in f64 with one rounding, and converted. out [n]
/// dense, any dtype.
TUTTI_LAUNCHER(ramp, const Tensor& out, double offset, double step, std::int64_t shift);
/// out[i] = number i of the distribution, see tutti/base/random.h. out dense, any float dtype.
enum class Distribution { uniform, normal };
TUTTI_LAUNCHER(random, const Tensor& out, Distribution distribution, std::uint64_t key,
               std::uint64_t random_stream);

enum class Reduction { sum, product, max, min };
/// out = the reduction of x over the axes in which out's extent is 1 and x's is not (equal ranks).
/// Any float dtype, i64; u8 for max and min.
TUTTI_LAUNCHER(reduce, Reduction kind, const Tensor& out, const Tensor& x);
/// Error for an extremum of no elements.
inline void require_choice(Reduction kind, const Shape& shape, const Shape& reduced) {
  if (kind == Reduction::max || kind == Reduction::min)
    raise(kind == Reduction::max ? "max" : "min", ": found shape ", shape, " reduced to ", reduced,
          ", expected at least one element to choose from");
}
/// out[i] = the sum of the squares of x's elements [4096 i, 4096 (i + 1)). out f64, x dense.
TUTTI_LAUNCHER(squared_sums, const Tensor& out, const Tensor& x);
/// out[i] = the first position of the largest element of x's row i. out i64 [n], x [n, c] dense.
TUTTI_LAUNCHER(argmax, const Tensor& out, const Tensor& x);

/// out[..., m, n] = a[..., m, k] b[..., k, n] + bias[n]: leading axes are equal, out and bias are
/// dense, bias may be empty.
TUTTI_LAUNCHER(matmul, const Tensor& out, const Tensor& a, const Tensor& b, const Tensor& bias);

/// out[n, o, y, x] = bias[o] + sum w[o, c, i, j] in[n, c, y's element i, x's element j], where an
/// output channel sees the w.size(1) input channels of its group. All dense; bias may be empty.
TUTTI_LAUNCHER(conv2d, const Tensor& out, const Tensor& in, const Tensor& w, const Tensor& bias,
               Window window);
TUTTI_LAUNCHER(conv2d_input, const Tensor& in, const Tensor& out, const Tensor& w, Window window);
TUTTI_LAUNCHER(conv2d_weight, const Tensor& w, const Tensor& out, const Tensor& in, Window window);

/// out = the largest element of every window of x [n, c, h, w]; the first one where several are.
/// places, i32 as out and possibly empty: where in its plane [h, w] that lies, -1 for a window of
/// padding alone.
TUTTI_LAUNCHER(max_pool2d, const Tensor& out, const Tensor& places, const Tensor& x,
               PoolWindows windows);
/// in = 0, then every g[window] is added at its place.
TUTTI_LAUNCHER(max_pool2d_scatter, const Tensor& in, const Tensor& g, const Tensor& places,
               PoolWindows windows);
/// out[window] = values at its place, 0 where it has none.
TUTTI_LAUNCHER(max_pool2d_gather, const Tensor& out, const Tensor& values, const Tensor& places);
/// out = the sum over each window of x [n, c, h, w], divided by its elements, counting those that
/// lie in the padding (which are 0) or not.
TUTTI_LAUNCHER(avg_pool2d, const Tensor& out, const Tensor& x, PoolWindows windows,
               bool count_padding);
/// in = its transpose: each g[window], divided likewise, is added to all of the window's elements.
TUTTI_LAUNCHER(avg_pool2d_gradient, const Tensor& in, const Tensor& g, PoolWindows windows,
               bool count_padding);

/// y = softmax of the rows of x [n, c], or its logarithm.
TUTTI_LAUNCHER(softmax, const Tensor& y, const Tensor& x);
TUTTI_LAUNCHER(log_softmax, const Tensor& y, const Tensor& x);
/// dx = the gradient by x where y = softmax(x), or log_softmax(x), has gradient g; all [n, c].
TUTTI_LAUNCHER(softmax_gradient, const Tensor& dx, const Tensor& g, const Tensor& y);
TUTTI_LAUNCHER(log_softmax_gradient, const Tensor& dx, const Tensor& g, const Tensor& y);

/// Which class each row should have, and how that counts.
struct Classes {
  Tensor labels;   ///< i64 [n]; checked on the CPU only
  Tensor weights;  ///< [c]; may be empty: 1 each
  std::int64_t ignored;
  double smoothing;
  bool summed;  ///< the loss is a sum: divided by 1
};
/// loss [] = the mean of x's rows' cross-entropy, x [n, c]. counted f64 [] = what that divides by:
/// the sum of the weights of the labels that count. statistics [2, n] = each row's maximum, and 1 /
/// sum(exp(x - maximum)).
TUTTI_LAUNCHER(cross_entropy, const Tensor& loss, const Tensor& counted, const Tensor& statistics,
               const Tensor& x, const Classes& classes);
/// dx [n, c] = the gradient by x where the loss has gradient g [].
TUTTI_LAUNCHER(cross_entropy_gradient, const Tensor& dx, const Tensor& g, const Tensor& counted,
               const Tensor& statistics, const Tensor& x, const Classes& classes);

/// y = (x - mean) * rstd * weight + bias for each row of x [n, c], rstd = 1 / sqrt(variance +
/// epsilon), or with the mean taken as 0. weight and bias [c] may be empty; so may mean and rstd
/// [n] where nobody reads them.
TUTTI_LAUNCHER(layer_norm, const Tensor& y, const Tensor& mean, const Tensor& rstd, const Tensor& x,
               const Tensor& weight, const Tensor& bias, double epsilon, bool centred);
/// The gradients by x, weight and bias of layer_norm, whose output's gradient is g; each may be
/// empty where it is not wanted. An empty mean is one that was taken as 0.
TUTTI_LAUNCHER(layer_norm_gradients, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
               const Tensor& g, const Tensor& x, const Tensor& weight, const Tensor& mean,
               const Tensor& rstd);

/// y = (x - mean) * rstd * weight + bias for each channel of x [n, c, places], rstd = 1 /
/// sqrt(biased variance + epsilon); variance is unbiased. weight and bias [c] may be empty.
TUTTI_LAUNCHER(batch_norm, const Tensor& y, const Tensor& mean, const Tensor& variance,
               const Tensor& rstd, const Tensor& x, const Tensor& weight, const Tensor& bias,
               double epsilon);
/// The gradients by x, weight and bias of batch_norm, whose output's gradient is g; each may be
/// empty where it is not wanted.
TUTTI_LAUNCHER(batch_norm_gradients, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
               const Tensor& g, const Tensor& x, const Tensor& weight, const Tensor& mean,
               const Tensor& rstd);

/// y = (x - mean) * rstd * weight + bias, with mean and variance over each group: x [n, c, s],
/// whose channels are cut into as many groups as mean and rstd [n, groups] say. weight and bias
/// [c], in x's dtype, may be empty.
TUTTI_LAUNCHER(group_norm, const Tensor& y, const Tensor& mean, const Tensor& rstd, const Tensor& x,
               const Tensor& weight, const Tensor& bias, double epsilon);
/// The gradients by x, weight and bias of group_norm; each may be empty where it is not wanted.
TUTTI_LAUNCHER(group_norm_gradients, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
               const Tensor& g, const Tensor& x, const Tensor& weight, const Tensor& mean,
               const Tensor& rstd);

/// Whom a step of a recurrence is for: rows whose length is `at` or less keep their state.
struct RecurrentStep {
  Tensor lengths;  ///< i64 [n], dense; may be empty: for all rows
  std::int64_t at;
};
// All tensors of cells are dense. In their gradients, dh [n, c] plus `product`, which may be empty,
// is what reaches h from later steps, and becomes what reaches h_before, but for the product with
// the result; gh, which may be empty, is the gradient of this step's own h.

/// An LSTM's step, whose gates i, f, g and o are [n, 4 c] together: `gates` has the products with
/// the state, then all gates' values; inputs = what is added before. h and c [n, c] are new.
TUTTI_LAUNCHER(lstm_cell, const Tensor& gates, const Tensor& h, const Tensor& c,
               const Tensor& inputs, const Tensor& h_before, const Tensor& c_before,
               const RecurrentStep& step);
/// dgates = the gradient by what the gates were computed from; dc and gc as dh and gh.
TUTTI_LAUNCHER(lstm_cell_gradients, const Tensor& dgates, const Tensor& dh, const Tensor& dc,
               const Tensor& product, const Tensor& gh, const Tensor& gc, const Tensor& gates,
               const Tensor& c, const Tensor& c_before, const RecurrentStep& step);

/// A GRU's step: gates = r, z and n, [n, 3 c] together, of inputs and products with the state.
TUTTI_LAUNCHER(gru_cell, const Tensor& gates, const Tensor& h, const Tensor& inputs,
               const Tensor& products, const Tensor& h_before, const RecurrentStep& step);
TUTTI_LAUNCHER(gru_cell_gradients, const Tensor& dinputs, const Tensor& dproducts, const Tensor& dh,
               const Tensor& product, const Tensor& gh, const Tensor& gates, const Tensor& products,
               const Tensor& h_before, const RecurrentStep& step);

/// h [n, c] = tanh or relu of inputs + h, which has the products with h_before.
TUTTI_LAUNCHER(rnn_cell, bool relu, const Tensor& h, const Tensor& inputs, const Tensor& h_before,
               const RecurrentStep& step);
TUTTI_LAUNCHER(rnn_cell_gradients, bool relu, const Tensor& dinputs, const Tensor& dh,
               const Tensor& product, const Tensor& gh, const Tensor& h, const RecurrentStep& step);

struct AttentionRule {
  bool causal;          ///< query i sees keys 0 to offset + i
  std::int64_t offset;  ///< 0 or more
  double scale;
  double dropout;   ///< of the probabilities, in [0, 1)
  RandomDraw draw;  ///< query row of [batch, t] and key j: word j % 4 at row * ceil(s / 4) + j / 4
};
/// out = softmax(scale * q k^T + mask) v for q [..., t, d], k [..., s, d], v [..., s, e]; k and v
/// may have fewer heads, each for equally many of q's that follow each other. log_sums [batch, t]
/// is dense: the logarithm of each row's sum of exponentials, +infinity for a row that sees no key
/// and gets 0. The others may have any strides but for 1 in the last axis. mask [..., t, s] may be
/// empty.
TUTTI_LAUNCHER(attention, const Tensor& out, const Tensor& log_sums, const Tensor& q,
               const Tensor& k, const Tensor& v, const Tensor& mask, AttentionRule rule);
/// The gradients by q, k and v of attention, whose output's gradient is g; each may be empty where
/// it is not wanted.
TUTTI_LAUNCHER(attention_gradients, const Tensor& dq, const Tensor& dk, const Tensor& dv,
               const Tensor& g, const Tensor& out, const Tensor& log_sums, const Tensor& q,
               const Tensor& k, const Tensor& v, const Tensor& mask, AttentionRule rule);

/// The numbers of each row, in pairs, turned by (offset + row) / base^(2 pair / width), backwards
/// where inverse; see tutti::rotary. [..., rows, width], of any strides but for 1 in the last axis.
struct Turn {
  double base;
  std::int64_t offset;
  bool interleaved, inverse;
};
TUTTI_LAUNCHER(rotary, const Tensor& out, const Tensor& x, Turn turn);

/// out[i] = 1 where a[i] stands in this relation to b[i], else 0. Any strides, one of the dtypes of
/// visit_arithmetic; out u8, dense.
enum class Relation { less, less_equal, equal, not_equal };
TUTTI_LAUNCHER(compare, Relation relation, const Tensor& out, const Tensor& a, const Tensor& b);
/// out[i] = condition[i] ? a[i] : b[i]. Any strides and dtype; condition u8, out dense.
TUTTI_LAUNCHER(where, const Tensor& out, const Tensor& condition, const Tensor& a, const Tensor& b);

/// out[o, i, c] = x[o, indices[i], c]; all dense, any dtype; indices i64, checked on the CPU only:
/// on CUDA rows of indices out of range are 0.
TUTTI_LAUNCHER(index_select, const Tensor& out, const Tensor& x, const Tensor& indices);
/// out[o, r, c] = the sum of g[o, i, c] over the i with indices[i] == r, in order of i. All dense,
/// f32 or f64. Indices out of range are an Error on the CPU and left out on CUDA.
TUTTI_LAUNCHER(index_add, const Tensor& out, const Tensor& g, const Tensor& indices);

/// out[l, j] = x[l, indices[l, j]], with leading axes l in which all agree. Any strides and dtype;
/// indices i64, checked as in index_select.
TUTTI_LAUNCHER(gather, const Tensor& out, const Tensor& x, const Tensor& indices);
/// out[l, indices[l, j]] += g[l, j], in order of j. Any strides, f32 or f64.
TUTTI_LAUNCHER(scatter_add, const Tensor& out, const Tensor& g, const Tensor& indices);
/// out[l, indices[l, j]] = g[l, j], in order of j: the last one stays. Any strides and dtype.
TUTTI_LAUNCHER(scatter, const Tensor& out, const Tensor& g, const Tensor& indices);

/// places [rows, k], i64: where in each row of x [rows, n] the first k elements lie, in ascending
/// or descending order. Equal ones keep their order; NaN is more than every number. Both dense; x
/// of visit_arithmetic.
TUTTI_LAUNCHER(sort, const Tensor& places, const Tensor& x, bool descending);

/// out[i] = a[i] op b[i], any strides; all of one integer dtype, out dense. Sums and products wrap.
/// A divisor of 0 is an Error on the CPU and gives 0 on CUDA. The logical ones give 1 or 0.
TUTTI_LAUNCHER(integers, IntegerOp op, const Tensor& out, const Tensor& a, const Tensor& b);

/// out[o, i, c] = a[o, i, c] * out[o, i - 1, c] + b[o, i, c], before the first 0; in reverse i + 1
/// stands for i - 1. Without b: the running products of a. All dense, f32 or f64, carried in f64.
TUTTI_LAUNCHER(recurrence, const Tensor& out, const Tensor& a, const Tensor& b, bool reverse);

/// out[o, i, c] = the sum of x[o, 0..i, c], or of x[o, i.., c] in reverse; dense, f32 or f64, added
/// up in f64.
TUTTI_LAUNCHER(cumsum, const Tensor& out, const Tensor& x, bool reverse);

/// out[i] = 1 / (1 - rate) with probability 1 - rate, else 0, by Philox(key) at (stream, i).
TUTTI_LAUNCHER(dropout_mask, const Tensor& out, double rate, std::uint64_t key,
               std::uint64_t random_stream);

}  // namespace tutti::launch
