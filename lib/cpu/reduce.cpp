// Sums, products and extrema over any axes. Each output element's numbers are combined in segments
// of 1,024 of 32 interleaved lanes, segments in a balanced tree: rounding errors grow with a lane's
// 32 numbers and the logarithm of the rest, and the order depends on how many numbers there are, on
// nothing else.
#include "launch.h"
#include "reduce_plan.h"
#include "tutti/base/convert.h"

namespace tutti::launch {
namespace {

using cpu::ReducePlan;
using cpu::row_lanes;

// Combines the vectors leaf(0), ..., leaf(count - 1) of `width` elements in a balanced tree, with
// one vector per level in `levels`. The result stands in levels[0].
template <class Op, class A, class Leaf>
void combine_tree(Op op, A* levels, std::int64_t width, std::int64_t count, Leaf leaf) {
  auto merge = [&](A* earlier, const A* later) {
#pragma omp simd
    for (std::int64_t i = 0; i < width; ++i) earlier[i] = op(earlier[i], later[i]);
  };
  // The stack holds a subtree for every bit of `done`, the largest at the bottom.
  int depth = 0;
  for (std::int64_t done = 0; done < count; ++done) {
    leaf(done, levels + depth++ * width);
    for (std::int64_t bits = done; bits & 1; bits >>= 1, --depth)
      merge(levels + (depth - 2) * width, levels + (depth - 1) * width);
  }
  for (; depth > 1; --depth) merge(levels + (depth - 2) * width, levels + (depth - 1) * width);
}

template <class A, class T>
void stage(A* to, const T* from, std::int64_t n, std::int64_t step) {
  if (step == 1) {
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) to[i] = convert<A>(from[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = convert<A>(from[i * step]);
  }
}

template <class Op, class A, class T>
void accumulate(Op op, A* to, const T* from, std::int64_t n, std::int64_t step) {
  if (step == 1) {
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) to[i] = op(to[i], convert<A>(from[i]));
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = op(to[i], convert<A>(from[i * step]));
  }
}

// The next n elements of a row as one segment; `staged` has room for them.
template <class Op, class A, class T>
A reduce_segment(Op op, const T* x, Walk<1>& row, std::int64_t n, A* staged) {
  if constexpr (std::is_same_v<A, T>)
    if (row.step() == 1 && row.run() >= n) {
      const T* at = x + row.at();
      row.skip(n);
      return cpu::reduce_row(op, at, n);
    }
  for (std::int64_t done = 0; done < n;) {
    std::int64_t run = std::min(n - done, row.run());
    stage(staged + done, x + row.at(), run, row.step());
    done += run;
    row.skip(run);
  }
  return cpu::reduce_row(op, staged, n);
}

// The same for `width` columns side by side, in the same order; `lanes` holds row_lanes vectors.
template <class Op, class A, class T>
void reduce_columns(Op op, A* result, const T* x, Walk<1>& row, std::int64_t n, std::int64_t width,
                    std::int64_t step, A* lanes) {
  for (std::int64_t i = 0; i < n;) {
    A* to = lanes + i % row_lanes * width;
    // Rows that follow each other without a gap are one long vector.
    bool gapless = step == 1 && row.step() == width && row.run() >= row_lanes;
    std::int64_t rows = gapless && i % row_lanes == 0 && n - i >= row_lanes ? row_lanes : 1;
    if (i < row_lanes)
      stage(to, x + row.at(), rows * width, step);
    else
      accumulate(op, to, x + row.at(), rows * width, step);
    i += rows;
    row.skip(rows);
  }
  std::int64_t used = std::min<std::int64_t>(n, row_lanes);
  for (std::int64_t half = row_lanes / 2; half > 0; half /= 2) {
    if (used > half) accumulate(op, lanes, lanes + half * width, (used - half) * width, 1);
    used = std::min(used, half);
  }
  std::copy_n(lanes, width, result);
}

// T is stored, A computed with.
template <class A, class T, class Op>
void reduce(Op op, T* out, const T* x, const ReducePlan& plan, const Device& device) {
  const std::int64_t width = plan.width, chunks = plan.chunks, step = plan.columns.step[0];
  const bool single = plan.columns.extent == 1;
  const auto depth = std::bit_width(static_cast<std::uint64_t>(std::max(plan.group, chunks))) + 1;
  const std::int64_t lanes_size = single ? ReducePlan::segment : row_lanes * width;
  cpu::Scratch<A> scratch(device, depth * width + lanes_size, plan.items * chunks);
  Buffer partials(
      chunks > 1 ? static_cast<std::size_t>(plan.items * chunks * width) * sizeof(A) : 0, device);
  auto columns_of = [&](std::int64_t item) {
    return std::min(width, plan.columns.extent - item % plan.runs * width);
  };
  auto store = [&](std::int64_t item, const A* result, std::int64_t place) {
    const std::int64_t out_step = plan.columns.step[1];
    T* to = out + place + item % plan.runs * width * out_step;
    for (std::int64_t i = 0; i < columns_of(item); ++i) to[i * out_step] = convert<T>(result[i]);
  };

  const std::int64_t cost = std::min(plan.length, plan.group * ReducePlan::segment) * width;
  cpu::for_chunks(plan.items * chunks, cost, [&](std::int64_t unit, std::int64_t end, int worker) {
    A* levels = scratch.of(worker);
    A* lanes = levels + depth * width;
    Walk<2> kept(plan.kept, unit / chunks / plan.runs);
    const Walk<1> first_row(plan.reduced, 0);
    for (; unit < end; ++unit) {
      const std::int64_t item = unit / chunks, chunk = unit % chunks, columns = columns_of(item);
      const std::int64_t first = chunk * plan.group;
      const T* base = x + kept.at(0) + item % plan.runs * width * step;
      Walk<1> row = first == 0 ? first_row : Walk<1>(plan.reduced, first * ReducePlan::segment);
      auto leaf = [&](std::int64_t i, A* result) {
        std::int64_t n =
            std::min(ReducePlan::segment, plan.length - (first + i) * ReducePlan::segment);
        if (single)
          *result = reduce_segment(op, base, row, n, lanes);
        else
          reduce_columns(op, result, base, row, n, columns, step, lanes);
      };
      combine_tree(op, levels, columns, std::min(plan.group, plan.segments - first), leaf);
      if (chunks == 1)
        store(item, levels, kept.at(1));
      else
        std::copy_n(levels, columns, static_cast<A*>(partials.data()) + unit * width);
      if ((unit + 1) % (chunks * plan.runs) == 0) kept.skip(1);
    }
  });
  if (chunks == 1) return;
  cpu::for_chunks(plan.items, chunks * width, [&](std::int64_t item, std::int64_t end, int worker) {
    for (; item < end; ++item) {
      A* levels = scratch.of(worker);
      combine_tree(op, levels, columns_of(item), chunks, [&](std::int64_t chunk, A* result) {
        const A* part = static_cast<const A*>(partials.data()) + (item * chunks + chunk) * width;
        std::copy_n(part, columns_of(item), result);
      });
      store(item, levels, plan.kept.offsets(item / plan.runs).at[1]);
    }
  });
}

}  // namespace

void reduce(CpuStream stream, Reduction kind, const Tensor& out, const Tensor& x) {
  if (out.count() == 0) return;
  if (x.count() == 0) {
    require_choice(kind, x.shape(), out.shape());
    return out.fill(kind == Reduction::product);
  }
  ReducePlan plan(x.shape(), x.strides(), out.shape(), out.strides());
  if (plan.turned) return reduce(stream, kind, out, x.clone());
  const auto run = [&]<class T>() {
    const auto by = [&](auto op) {
      reduce<compute_type<T>>(op, out.mutable_data<T>(), x.data<T>(), plan, out.device());
    };
    if (kind == Reduction::max) return by(cpu::Max{});
    if (kind == Reduction::min) return by(cpu::Min{});
    if constexpr (!std::is_same_v<T, std::uint8_t>)
      return kind == Reduction::sum ? by(cpu::Sum{}) : by(cpu::Product{});
  };
  if (x.dtype() == Dtype::i64) return run.template operator()<std::int64_t>();
  if (x.dtype() == Dtype::u8) return run.template operator()<std::uint8_t>();
  visit_any_float(x.dtype(), "reduce", run);
}

}  // namespace tutti::launch
