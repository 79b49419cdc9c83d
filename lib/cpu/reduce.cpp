// Sum and maximum over any axes. Elements are combined in segments, segments in pairs of pairs:
// rounding errors grow with the segment's length and the logarithm of the rest.
#include <bit>

#include "lanes.h"
#include "launch.h"
#include "reduce_plan.h"

namespace tutti::launch {
namespace {

using cpu::ReducePlan;

// Combines the vectors leaf(0), ..., leaf(count - 1) of `width` elements in a balanced tree, with
// one vector per level in `levels`. The result stands in levels[0].
template <class Op, class T, class Leaf>
void combine_tree(Op op, T* levels, std::int64_t width, std::int64_t count, Leaf leaf) {
  auto merge = [&](T* earlier, const T* later) {
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

template <class Op, class T>
void reduce_segment(Op op, T* result, std::int64_t width, const T* x, std::int64_t length,
                    const ReducePlan& plan) {
  const std::int64_t row_step = plan.rows.x[0], step = plan.columns.x[0];
  if (width == 1) {
    *result = cpu::reduce_row(op, x, length, row_step);
    return;
  }
  std::fill_n(result, width, Op::template identity<T>);
  for (std::int64_t row = 0; row < length; ++row, x += row_step) {
    if (step == 1) {
#pragma omp simd
      for (std::int64_t i = 0; i < width; ++i) result[i] = op(result[i], x[i]);
    } else {
      for (std::int64_t i = 0; i < width; ++i) result[i] = op(result[i], x[i * step]);
    }
  }
}

template <class Op, class T>
void reduce(Op op, T* out, const T* x, const ReducePlan& plan, const Device& device) {
  const std::int64_t chunks = plan.chunks, width = plan.width;
  auto depth = std::bit_width(static_cast<std::uint64_t>(std::max(plan.segments, chunks))) + 1;
  cpu::Scratch<T> scratch(device, depth * width);
  Buffer partials(
      chunks > 1 ? static_cast<std::size_t>(plan.items * chunks * width) * sizeof(T) : 0, device);
  auto columns_of = [&](std::int64_t item) {
    return std::min(width, plan.columns.extents[0] - item % plan.runs * width);
  };
  auto store = [&](std::int64_t item, const T* result) {
    T* to = out + cpu::offset_of(item / plan.runs, plan.kept.extents, plan.kept.out) +
            item % plan.runs * width * plan.columns.out[0];
    for (std::int64_t i = 0; i < columns_of(item); ++i) to[i * plan.columns.out[0]] = result[i];
  };

  std::int64_t cost = plan.segments / chunks * std::min(plan.length, plan.rows.extents[0]) * width;
  cpu::for_chunks(plan.items * chunks, cost, [&](std::int64_t unit, std::int64_t end, int worker) {
    for (; unit < end; ++unit) {
      std::int64_t item = unit / chunks, chunk = unit % chunks, columns = columns_of(item);
      std::int64_t first = plan.segments * chunk / chunks;
      std::int64_t last = plan.segments * (chunk + 1) / chunks;
      const T* base = x + cpu::offset_of(item / plan.runs, plan.kept.extents, plan.kept.x) +
                      item % plan.runs * width * plan.columns.x[0];
      T* levels = scratch.of(worker);
      combine_tree(op, levels, columns, last - first, [&](std::int64_t i, T* result) {
        std::int64_t segment = first + i, row = segment % plan.cuts * plan.length;
        std::int64_t outer =
            cpu::offset_of(segment / plan.cuts, plan.reduced.extents, plan.reduced.x);
        reduce_segment(op, result, columns, base + outer + row * plan.rows.x[0],
                       std::min(plan.length, plan.rows.extents[0] - row), plan);
      });
      if (chunks == 1)
        store(item, levels);
      else
        std::copy_n(levels, columns, static_cast<T*>(partials.data()) + unit * width);
    }
  });
  if (chunks == 1) return;
  cpu::for_chunks(plan.items, chunks * width, [&](std::int64_t item, std::int64_t end, int worker) {
    for (; item < end; ++item) {
      T* levels = scratch.of(worker);
      combine_tree(op, levels, columns_of(item), chunks, [&](std::int64_t chunk, T* result) {
        const T* part = static_cast<const T*>(partials.data()) + (item * chunks + chunk) * width;
        std::copy_n(part, columns_of(item), result);
      });
      store(item, levels);
    }
  });
}

}  // namespace

void reduce(CpuStream, Reduction kind, const Tensor& out, const Tensor& x) {
  if (out.count() == 0) return;
  if (x.count() == 0) {
    if (kind == Reduction::max)
      raise("max: found shape ", x.shape(), " reduced to ", out.shape(),
            ", expected at least one element to choose from");
    return out.fill(0);
  }
  ReducePlan plan(x.shape(), x.strides(), out.shape(), out.strides());
  visit_float(x.dtype(), "reduce", [&]<class T>() {
    if (kind == Reduction::sum)
      reduce(cpu::Sum{}, out.mutable_data<T>(), x.data<T>(), plan, out.device());
    else
      reduce(cpu::Max{}, out.mutable_data<T>(), x.data<T>(), plan, out.device());
  });
}

}  // namespace tutti::launch
