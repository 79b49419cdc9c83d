#include "tutti/ops/recurrent.h"

namespace tutti {

void require_recurrence(std::string_view who, std::int64_t gates, const Tensor& x,
                        const Tensor& weight, std::span<const Tensor> states,
                        const SequenceOptions& options) {
  if (weight.rank() != 2 || weight.size(1) < 1 || weight.size(0) != gates * weight.size(1))
    raise(who, ": found weight ", weight.shape(), ", expected [", gates, " * width, width]");
  if (x.rank() != 3 || x.size(0) < 1 || x.size(2) != weight.size(0))
    raise(who, ": found x ", x.shape(), " for weight ", weight.shape(), ", expected [steps, n, ",
          weight.size(0), "] with 1 step or more");
  for (const Tensor& state : states) {
    if (state.shape() != Shape{x.size(1), weight.size(1)})
      raise(who, ": found a state ", state.shape(), " for x ", x.shape(), " and weight ",
            weight.shape(), ", expected [", x.size(1), ", ", weight.size(1), ']');
    require_alike(std::array{x, weight, state}, who);
  }
  const Tensor& lengths = options.lengths;
  if (!lengths) return;
  if (lengths.shape() != Shape{x.size(1)} || lengths.dtype() != Dtype::i64)
    raise(who, ": found lengths ", lengths.shape(), " of ", lengths.dtype(), " for x ", x.shape(),
          ", expected [", x.size(1), "] of i64");
  require_same_device(x, lengths, who);
  if (!lengths.device().is_cpu()) return;
  const std::vector<std::int64_t> each = lengths.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < each.size(); ++i)
    if (each[i] < 0 || each[i] > x.size(0))
      raise(who, ": found length ", each[i], " of sequence ", i, ", expected 0 to ", x.size(0),
            ", the number of steps");
}

Tensor step_weight(const Tensor& weight, std::int64_t steps) {
  const Tensor transposed = weight.transpose();
  return steps < 8 ? transposed : transposed.contiguous();
}

Tensor dense_lengths(const SequenceOptions& options) {
  return options.lengths ? options.lengths.contiguous() : Tensor();
}

Tensor live_steps(const SequenceOptions& options, std::int64_t steps, Dtype dtype) {
  const Tensor& lengths = options.lengths;
  if (!lengths) return {};
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(steps));
  for (std::size_t t = 0; t < numbers.size(); ++t) numbers[t] = static_cast<std::int64_t>(t);
  Tensor step = Tensor::from(numbers, {steps, 1}, lengths.device());
  return less(step, lengths).to(dtype).reshape({steps, lengths.count(), 1});
}

}  // namespace tutti
