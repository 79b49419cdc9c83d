#include "op_row.h"

#include <chrono>
#include <cmath>
#include <sstream>

#include "measure.h"
#include "turns.h"
#include "tutti/autograd/node.h"

namespace tutti::bench {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double bytes_of(const Tensor& x) {
  return static_cast<double>(x.shape().count()) * static_cast<double>(size_of(x.dtype()));
}

Inputs draw(const OpCase& of) {
  Inputs inputs;
  for (const Shape& shape : of.inputs)
    inputs.leaves.emplace_back(Tensor::randn(shape, /*seed=*/inputs.leaves.size()),
                               /*requires_grad=*/true);
  if (of.labels.end > 0) {
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < of.labels.shape.count(); ++i)
      labels.push_back(i * 7919 % of.labels.end);
    inputs.labels = Tensor::from(labels, of.labels.shape);
  }
  return inputs;
}

void require_finite(std::string_view op, const Variable& value) {
  const double total = sum(value.value()).item();
  if (!std::isfinite(total))
    raise("tutti-bench: found a sum of ", total, " in what ", op, " gave, expected a finite one");
}

std::string joined(const std::vector<Shape>& shapes) {
  std::ostringstream out;
  for (const Shape& shape : shapes) out << (&shape == shapes.data() ? "" : " ") << shape;
  return out.str();
}

}  // namespace

OpCost OpRow::total() const {
  const OpCost other = backward.value_or(OpCost{});
  return {forward.seconds + other.seconds, forward.bytes + other.bytes,
          forward.operations + other.operations};
}

double OpRow::roof_seconds(const Roofline& roofline) const {
  double seconds = roofline.seconds(forward.bytes, forward.operations);
  if (backward) seconds += roofline.seconds(backward->bytes, backward->operations);
  return seconds;
}

OpRow measure(const OpCase& of, int runs) {
  const Inputs in = draw(of);
  const Variable first = of.run(in);
  const Tensor seed = Tensor::randn(first.shape(), /*seed=*/99);
  require_finite(of.op, first);
  for (const Variable& gradient : grad(first, in.leaves, {.seed = seed}))
    require_finite(of.op, gradient);

  std::vector<double> forward, backward;
  for (int run = 0; run < runs; ++run) {
    const Clock::time_point begin = Clock::now();
    const Variable out = of.run(in);
    forward.push_back(since(begin));
    const Clock::time_point middle = Clock::now();
    const std::vector<Variable> gradients = grad(out, in.leaves, {.seed = seed});
    backward.push_back(since(middle));
  }

  double inputs = 0;
  for (const Variable& leaf : in.leaves) inputs += bytes_of(leaf.value());
  const double output = bytes_of(first.value()), labels = in.labels ? bytes_of(in.labels) : 0;
  const double operations = of.operations(of.inputs, first.shape());
  const double back = backward_bytes(of.backward, inputs, bytes_of(in[0].value()), output);
  return {std::string(of.op), joined(of.inputs),
          OpCost{quantile(forward, 0.5), inputs + labels + output, operations},
          OpCost{quantile(backward, 0.5), back > 0 ? back + labels : 0, 2 * operations}};
}

OpRow measure(const UpdateCase& of, int runs) {
  const Variable leaf(Tensor::randn(of.parameter, /*seed=*/1), /*requires_grad=*/true);
  const auto optimizer = of.make(optim::numbered({&leaf, 1}));
  sum(leaf * leaf).backward();
  const Work step[] = {[&] { optimizer->step(); }};
  const double seconds = time_by_turns(step, runs).front().median;
  require_finite(of.op, leaf);
  return {std::string(of.op),
          joined({of.parameter}),
          OpCost{seconds, bytes_of(leaf.value()) * (3 + 2 * of.moments), 0},
          {}};
}

}  // namespace tutti::bench
