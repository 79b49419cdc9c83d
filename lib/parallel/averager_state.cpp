#include "averager_state.h"

#include <algorithm>
#include <bit>

#include "tutti/comm/device_communicator.h"
#include "tutti/ops/compare.h"
#include "tutti/ops/update.h"
#include "tutti/ops/where.h"

namespace tutti::parallel {
namespace {

std::int64_t shards_per_rank(const DataParallelOptions& options, int ranks) {
  const std::int64_t shards = options.shards == 0 ? ranks : options.shards;
  const std::int64_t each = shards / ranks;
  if (shards < 0 || shards % ranks)
    raise("DataParallel: found ", counted(shards, "shard"), " for ", counted(ranks, "rank"),
          ", expected a multiple of ", ranks);
  if (ranks > 1 && !std::has_single_bit(std::uint64_t(each)) && options.order != Order::any)
    raise("DataParallel: found ", counted(shards, "shard"), " for ", counted(ranks, "rank"), ", ",
          each,
          " each, expected a power of two for each, so that the bits do not depend on the ranks; "
          "choose ",
          ranks, ", ", 2 * ranks, " or ", 4 * ranks, ", or give that up by .order = Order::any");
  if (options.placement == Placement::strided && !std::has_single_bit(std::uint64_t(ranks)))
    raise("DataParallel: found strided placement on ", ranks,
          " ranks, expected a power of two; take Placement::consecutive");
  if (options.check_every < 0)
    raise("DataParallel: found check_every ", options.check_every, ", expected 0 or more steps");
  return each;
}

// Gives the leaves that count calls their values.
std::vector<Parameter> joined(const std::vector<nn::Statistic>& statistics,
                              const std::vector<Parameter>& parameters) {
  if (parameters.empty()) raise("DataParallel: found no parameters, expected those of a model");
  std::vector<Parameter> all;
  for (const nn::Statistic& statistic : statistics) {
    all.push_back(statistic);
    const auto is_same = [&](const Parameter& other) { return other.is(statistic.calls); };
    if (std::ranges::any_of(all, is_same)) continue;
    Parameter calls{statistic.calls, statistic.path + ".calls"};
    calls.set_value(Tensor::zeros({1}, accumulator_of(statistic.dtype()), statistic.device()));
    all.push_back(calls);
  }
  all.insert(all.end(), parameters.begin(), parameters.end());
  return all;
}

// Finalizer of splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace

GradientAverager::State::State(const Communicator& communicator,
                               const std::vector<Parameter>& parameters,
                               const std::vector<nn::Statistic>& statistics,
                               const DataParallelOptions& options, std::source_location site)
    : host_(communicator),
      parameters_(joined(statistics, parameters)),
      statistics_(statistics),
      options_(options),
      site_(site),
      wrapper_(communicator.calls()),
      order_(shards_per_rank(options, communicator.size()), options.placement == Placement::strided,
             communicator.rank(), communicator.size()),
      strided_(options.placement == Placement::strided && order_.per_rank() > 1),
      communicator_(with_device(host_, parameters_.at(0).device())),
      levels_(std::bit_width(std::uint64_t(order_.per_rank()))),
      memory_(std::make_shared<Memory>(communicator_, parameters_, options.bucket_bytes, levels_,
                                       strided_ ? levels_ : 1, site)),
      used_average_(parameters_.size(), 0) {
  if (memory_->list.size() > StepPart::values)
    raise("DataParallel: found ", memory_->list.size(), " buckets, expected at most ",
          StepPart::values, "; choose larger bucket_bytes");
  memory_->weights.resize(static_cast<std::size_t>(order_.per_rank()));
  memory_->reached.resize(parameters_.size());
}

void GradientAverager::State::attach(const std::shared_ptr<State>& self) {
  for (const Parameter& parameter : parameters_)
    if (parameter.slot().sink)
      raise("DataParallel: found \"", parameter.path,
            "\", whose gradients another wrapper averages already, expected each parameter in one");
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    GradientSlot& slot = parameters_[i].slot();
    slot.filled = false;
    slot.sink = self;
    slot.index = i;
  }
}

void GradientAverager::State::detach() {
  for (Variable& parameter : parameters_) {
    GradientSlot& slot = parameter.slot();
    if (slot.partial) slot.filled = false;
    slot.partial = false;
    slot.sink.reset();
    slot.scale = 1;
  }
}

void GradientAverager::State::require_whole() const {
  if (abandoned_)
    raise(
        "DataParallel: found a step whose backward an Error ended, expected a whole one; what the "
        "ranks hold may differ: wrap the module again");
}

void GradientAverager::State::require_idle(std::string_view who) const {
  if (!order_.idle()) raise(who, ": found a step under way, expected none; call it between steps");
}

OpenShard GradientAverager::State::open_shard(double weight, bool by_hand) {
  require_whole();
  const bool checks = options_.check_every > 0 && order_.idle() &&
                      step_ % static_cast<std::uint64_t>(options_.check_every) == 0;
  const OpenShard shard = order_.open(step_, weight, by_hand);
  if (checks) agreement_.start(host_, parameters_, label_of(StepPart::values), site_);
  return shard;
}

CallLabel GradientAverager::State::label_of(std::uint64_t part) const {
  return StepPart{wrapper_, updates_, step_, part};
}

void GradientAverager::State::expect(std::size_t index, double denominator) {
  require_whole();
  if (!order_.in_backward()) return begin_backward(denominator);
  if (complete_[index])
    raise("DataParallel: found a gradient for \"", parameters_[index].path,
          "\" from a backward in a hook, after that of the whole backward was on its way to the "
          "other ranks, expected it before");
}

void GradientAverager::State::begin_backward(double denominator) {
  const OpenShard shard = order_.begin();
  const std::int64_t done = order_.done();
  for (const Parameter& parameter : parameters_)
    if (done == 0 && parameter.slot().filled)
      raise(
          "DataParallel: found \"", parameter.path,
          "\" with its gradient of the last step, expected zero_grad() after every ",
          order_.per_rank(),
          " backward() of a step; call model.zero_grad() where the optimizer has only some of the "
          "parameters; do sampler and wrapper have the same number of shards?");
  if (std::isnan(denominator) && !shard.weighted_by_hand)
    raise(
        "DataParallel: found losses that divide by different numbers in one backward, expected "
        "one; "
        "weigh the shard by hand with shard({.weight = ...})");
  complete_.assign(parameters_.size(), false);
  const double weight = denominator >= 0 && !shard.weighted_by_hand ? denominator : shard.weight;
  memory_->weights[static_cast<std::size_t>(done)] = weight;
  if (done == 0) memory_->reached.assign(parameters_.size(), 0);
  if (order_.last()) sum_weights();
  const auto level = static_cast<std::size_t>(order_.counter().store_level());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    GradientSlot& slot = parameters_[i].slot();
    slot.memory = memory_->views[level][i];
    slot.filled = false;
    slot.partial = true;
    slot.scale = weight;
  }
  for (Bucket& bucket : memory_->list) bucket.missing = bucket.members.size();
  started_ = 0;
}

void GradientAverager::State::ready(std::size_t index) {
  complete_[index] = true;
  memory_->reached[index] |= parameters_[index].slot().filled;
  if (!parameters_[index].slot().filled) {
    parameters_[index].slot().memory.fill(0);
    parameters_[index].slot().filled = true;
  }
  Bucket& bucket = memory_->list[memory_->bucket_of[index]];
  if (--bucket.missing > 0) return;
  if (!strided_) join_levels(bucket);
  if (strided_ || order_.last()) start_ready_buckets();
}

void GradientAverager::State::finish() {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (!complete_[i]) ready(i);
  const bool last = order_.last();
  if (last) start_reached();
  for (Work& work : works_) work.wait();
  works_.clear();
  for (Bucket& bucket : memory_->list) {
    if (!strided_) break;
    join_levels(bucket);
    if (last) update(DivideBy{total_weight()}, bucket.levels[0]);
  }
  if (last) agreement_.finish(parameters_, step_);
  if (order_.end()) complete_step();
}

void GradientAverager::State::complete_step() {
  ++step_;
  ++averages_;
  memory_->weights.resize(static_cast<std::size_t>(order_.per_rank()));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    GradientSlot& slot = parameters_[i].slot();
    slot.memory = memory_->views[0][i];
    slot.memory.count_write();
    slot.filled = memory_->reached[i] != 0;
    slot.partial = false;
    slot.scale = 1;
  }
  move_statistics();
}

// By the mean over the calls of all shards, as each shard weighs. Where shards of no weight alone
// made calls, nothing moves.
void GradientAverager::State::move_statistics() {
  for (const nn::Statistic& statistic : statistics_) {
    if (!statistic.slot().filled) continue;
    const Tensor &value = statistic.value(), &calls = statistic.calls.slot().memory;
    const Tensor shown = statistic.slot().memory / calls;
    update(Blend{statistic.momentum}, value,
           where(greater(calls, 0), shown, value.to(shown.dtype())).contiguous());
  }
  for (const nn::Statistic& statistic : statistics_)
    statistic.slot().filled = statistic.calls.slot().filled = false;
}

void GradientAverager::State::replace(std::size_t index, const Tensor& value) {
  const Parameter& parameter = parameters_[index];
  if (value.shape() != parameter.shape() || value.dtype() != parameter.dtype() ||
      value.device().id() != parameter.device().id())
    raise("DataParallel: found \"", parameter.path, "\", ", parameter.shape(), " of ",
          parameter.dtype(), " on ", parameter.device().id(), ", about to become ", value.shape(),
          " of ", value.dtype(), " on ", value.device().id(),
          ", expected no change after wrapping; convert and move the module before");
}

void GradientAverager::State::use(std::size_t index, std::uint64_t rule) {
  if (!options_.compare_updates) return;
  if (used_average_[index] == averages_)
    raise("DataParallel: found an optimizer's step with the gradient of \"",
          parameters_[index].path,
          "\" that it used before, expected a backward through the wrapper since; does the loss of "
          "this step depend on the model?");
  used_average_[index] = averages_;
  updates_ += mix(mix(rule) + index);
}

void GradientAverager::State::sum_weights() {
  std::vector<double>& weights = memory_->weights;
  if (!strided_) weights.assign(1, canonical_sum(weights));
  weight_work_ = all_reduce_async(host_, block_of(weights.data(), weights.size()), ReduceOp::sum(),
                                  {.label = label_of(StepPart::weights)}, site_);
  weight_work_.keep(memory_);
}

// Not before sum_weights(). At least 1 where nothing counts, so that nothing becomes NaN.
double GradientAverager::State::total_weight() {
  weight_work_.wait();
  const double total = canonical_sum(memory_->weights);
  return total > 0 ? total : 1;
}

void GradientAverager::State::join_levels(Bucket& bucket) {
  int level = order_.counter().store_level();
  for (int joins = order_.counter().joins(); joins > 0; --joins, --level)
    update(Accumulate{1}, bucket.levels[static_cast<std::size_t>(level - 1)],
           bucket.levels[static_cast<std::size_t>(level)]);
}

void GradientAverager::State::start_ready_buckets() {
  for (; started_ < memory_->list.size() && memory_->list[started_].missing == 0; ++started_) {
    const auto level = static_cast<std::size_t>(strided_ ? order_.counter().store_level() : 0);
    const Tensor& sum = memory_->list[started_].levels[level];
    const ReduceOp op = strided_ ? ReduceOp::sum() : ReduceOp::sum_over(total_weight());
    const AllReduceOptions options{options_.algorithm, options_.order, &sum.device().stream(),
                                   label_of(started_)};
    works_.push_back(all_reduce_async(communicator_, sum.block(), op, options, site_));
    works_.back().keep(memory_);
  }
}

// A parameter that no rank's shards have reached has no gradient, as without the wrapper.
void GradientAverager::State::start_reached() {
  works_.push_back(
      all_reduce_async(host_, block_of(memory_->reached.data(), memory_->reached.size()),
                       ReduceOp::max(), {.label = label_of(StepPart::reached)}, site_));
  works_.back().keep(memory_);
}

}  // namespace tutti::parallel
