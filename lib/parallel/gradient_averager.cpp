#include "tutti/parallel/gradient_averager.h"

#include <bit>
#include <cmath>
#include <deque>

#include "buckets.h"
#include "comm/work_queue.h"
#include "shard_sum.h"
#include "tutti/comm/device_communicator.h"
#include "tutti/ops/update.h"

namespace tutti::parallel {
namespace {

std::int64_t shards_per_rank(const DataParallelOptions& options, int ranks) {
  std::int64_t shards = options.shards == 0 ? ranks : options.shards;
  std::int64_t each = shards / ranks;
  if (shards < 0 || shards % ranks || (ranks > 1 && !std::has_single_bit(std::uint64_t(each))))
    raise("DataParallel: found ", shards, " shards for ", ranks, " ranks, expected a multiple of ",
          ranks, " with a power of two per rank; choose ", ranks, ", ", 2 * ranks, " or ",
          4 * ranks);
  if (options.placement == Placement::strided && !std::has_single_bit(std::uint64_t(ranks)))
    raise("DataParallel: found strided placement on ", ranks,
          " ranks, expected a power of two; take Placement::consecutive");
  return each;
}

}  // namespace

class GradientAverager::State : public GradientSink {
 public:
  State(const Communicator& communicator, std::vector<Parameter> parameters,
        const DataParallelOptions& options)
      : host_(communicator),
        parameters_(std::move(parameters)),
        options_(options),
        per_rank_(shards_per_rank(options, communicator.size())),
        strided_(options.placement == Placement::strided && per_rank_ > 1),
        communicator_(with_device(host_, parameters_.at(0).device())),
        levels_(std::bit_width(std::uint64_t(per_rank_))),
        buckets_(communicator_, parameters_, options.bucket_bytes, levels_, strided_ ? levels_ : 1),
        weights_(std::make_shared<std::vector<double>>(per_rank_)) {}

  // A bucket that is on its way must stay: the queue lets go of it behind the last all-reduce.
  ~State() override {
    bool on_the_way = !weight_work_.done();
    for (const Work& work : works_) on_the_way = on_the_way || !work.done();
    if (!on_the_way) return;
    try {
      auto keep = [buckets = buckets_.list, weights = weights_] { return Event{}; };
      communicator_.queue().submit(keep, Stream{});
    } catch (const Error&) {  // the queue has failed: nothing runs any more
    }
  }

  void attach(const std::shared_ptr<State>& self) {
    for (const Parameter& parameter : parameters_)
      if (parameter.slot().sink)
        raise("DataParallel: found \"", parameter.path,
              "\", whose gradients another wrapper averages already, expected each parameter in "
              "one");
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      slot.filled = false;
      slot.sink = self;
      slot.index = i;
    }
  }

  void detach() {
    for (Variable& parameter : parameters_) {
      GradientSlot& slot = parameter.slot();
      if (slot.partial) slot.filled = false;
      slot.partial = false;
      slot.sink.reset();
      slot.scale = 1;
    }
  }

  OpenShard open_shard(double weight, bool by_hand) {
    if (!(std::isfinite(weight) && weight >= 0))
      raise("DataParallel: found a shard of weight ", weight,
            ", expected a finite number of 0 or more");
    if (opened_ == per_rank_)
      raise("DataParallel: found a forward for shard ", opened_ + 1, " of ", per_rank_,
            " of a rank's step, expected a backward for each before; call the module several times "
            "in one shard through shard({.weight = ...}), and evaluate in eval() or under NoGrad");
    require_whole();
    const std::int64_t local = opened_++;
    OpenShard shard{step_, global_shard(local), weight, by_hand};
    open_.push_back(shard);
    return shard;
  }

  void expect(std::size_t index, double denominator) override {
    require_whole();
    if (in_backward_) {
      if (complete_[index])
        raise("DataParallel: found a gradient for \"", parameters_[index].path,
              "\" from a backward in a hook, after that of the whole backward was on its way to "
              "the other ranks, expected it before");
      return;
    }
    if (open_.empty())
      raise(
          "DataParallel: found a backward without a forward through the wrapper, expected one "
          "forward for each");
    for (const Parameter& parameter : parameters_)
      if (done_ == 0 && parameter.slot().filled)
        raise(
            "DataParallel: found the gradients of the last step, expected zero_grad() after "
            "every ",
            per_rank_,
            " backward() of a step; do sampler and wrapper have the same number of shards?");
    const OpenShard shard = open_.front();
    if (entered_ >= 0) require_order(entered_, shard.number);
    if (std::isnan(denominator) && !shard.weighted_by_hand)
      raise(
          "DataParallel: found losses that divide by different numbers in one backward, expected "
          "one; weigh the shard by hand with shard({.weight = ...})");
    open_.pop_front();
    current_ = shard.number;
    in_backward_ = true;
    complete_.assign(parameters_.size(), false);
    const double weight = denominator >= 0 && !shard.weighted_by_hand ? denominator : shard.weight;
    (*weights_)[static_cast<std::size_t>(done_)] = weight;
    if (last_shard()) sum_weights();
    auto level = static_cast<std::size_t>(counter().store_level());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      slot.memory = buckets_.views[level][i];
      slot.filled = false;
      slot.partial = true;
      slot.scale = weight;
    }
    for (Bucket& bucket : buckets_.list) bucket.missing = bucket.members.size();
    started_ = 0;
  }

  void ready(std::size_t index) override {
    complete_[index] = true;
    Bucket& bucket = buckets_.list[buckets_.bucket_of[index]];
    if (--bucket.missing > 0) return;
    if (!strided_) join_levels(bucket);
    if (strided_ || last_shard()) start_ready_buckets();
  }

  void replace(std::size_t index, const Tensor& value) override {
    const Parameter& parameter = parameters_[index];
    if (value.shape() != parameter.shape() || value.dtype() != parameter.dtype() ||
        value.device().id() != parameter.device().id())
      raise("DataParallel: found \"", parameter.path, "\", ", parameter.shape(), " of ",
            parameter.dtype(), " on ", parameter.device().id(), ", about to become ", value.shape(),
            " of ", value.dtype(), " on ", value.device().id(),
            ", expected no change after wrapping; convert and move the module before");
  }

  void finish() override {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (complete_[i]) continue;
      GradientSlot& slot = parameters_[i].slot();
      if (!slot.filled) slot.memory.fill(0);
      slot.filled = true;
      ready(i);
    }
    in_backward_ = false;
    entered_ = -1;
    for (Work& work : works_) work.wait();
    works_.clear();
    const bool last = last_shard();
    if (strided_) {
      for (Bucket& bucket : buckets_.list) {
        join_levels(bucket);
        if (last) update(DivideBy{total_weight()}, bucket.levels[0]);
      }
    }
    if (!last) {
      ++done_;
      return;
    }
    done_ = opened_ = 0;
    ++step_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      slot.memory = buckets_.views[0][i];
      slot.memory.count_write();
      slot.filled = true;
      slot.partial = false;
      slot.scale = 1;
    }
  }

  void abandon() noexcept override { abandoned_ = true; }

  // The gradient of a shard's output has come: its backward is the one that goes on.
  void enter(std::int64_t number) {
    if (in_backward_)
      require_order(number, current_);
    else
      entered_ = number;
  }

  std::uint64_t step() const { return step_; }
  void set_step(std::uint64_t step) {
    if (opened_ > 0)
      raise(
          "DataParallel::load_state_dict: found a step under way, expected none; load between "
          "steps");
    step_ = step;
  }
  std::size_t bucket_count() const { return buckets_.list.size(); }

 private:
  void require_whole() const {
    if (abandoned_)
      raise(
          "DataParallel: found a step whose backward an Error ended, expected a whole one; what "
          "the ranks hold may differ: wrap the module again");
  }
  static void require_order(std::int64_t found, std::int64_t expected) {
    if (found == expected) return;
    raise("DataParallel: found the backward of shard ", found,
          " of the step, expected that of shard ", expected,
          "; backwards come in the order of the forwards, each before the next begins");
  }
  bool last_shard() const { return done_ + 1 == per_rank_; }
  ShardCounter counter() const { return {done_, per_rank_}; }
  std::int64_t global_shard(std::int64_t local) const {
    return strided_ ? local * host_.size() + host_.rank() : host_.rank() * per_rank_ + local;
  }

  // Starts the sum of all ranks' weights: one number, or one for each strided shard.
  void sum_weights() {
    if (!strided_) weights_->assign(1, canonical_sum(*weights_));
    weight_work_ =
        all_reduce_async(host_, block_of(weights_->data(), weights_->size()), ReduceOp::sum());
  }

  // Not before sum_weights(). At least 1 where nothing counts, so that nothing becomes NaN.
  double total_weight() {
    weight_work_.wait();
    double total = canonical_sum(*weights_);
    weights_->resize(static_cast<std::size_t>(per_rank_));
    return total > 0 ? total : 1;
  }

  void join_levels(Bucket& bucket) {
    int level = counter().store_level();
    for (int joins = counter().joins(); joins > 0; --joins, --level)
      update(Accumulate{1}, bucket.levels[static_cast<std::size_t>(level - 1)],
             bucket.levels[static_cast<std::size_t>(level)]);
  }

  void start_ready_buckets() {
    while (started_ < buckets_.list.size() && buckets_.list[started_].missing == 0) {
      auto level = static_cast<std::size_t>(strided_ ? counter().store_level() : 0);
      const Tensor& sum = buckets_.list[started_++].levels[level];
      AllReduceOptions options{options_.algorithm, options_.order, &sum.device().stream()};
      ReduceOp op = strided_ ? ReduceOp::sum() : ReduceOp::sum_over(total_weight());
      works_.push_back(all_reduce_async(communicator_, sum.block(), op, options));
    }
  }

  Communicator host_;
  std::vector<Parameter> parameters_;
  DataParallelOptions options_;
  std::int64_t per_rank_;
  bool strided_;
  Communicator communicator_;
  int levels_;
  Buckets buckets_;

  std::deque<OpenShard> open_;  ///< those whose backward is still to come
  std::int64_t opened_ = 0;     ///< in this step
  std::int64_t done_ = 0;       ///< backwards of this step
  bool in_backward_ = false;
  std::int64_t current_ = -1;  ///< the shard in backward
  std::int64_t entered_ = -1;  ///< whose output's gradient has come, before any leaf's
  bool abandoned_ = false;
  std::vector<bool> complete_;  ///< by parameter: nothing is added in this backward any more
  std::uint64_t step_ = 0;
  std::shared_ptr<std::vector<double>> weights_;
  Work weight_work_;
  std::size_t started_ = 0;
  std::vector<Work> works_;
};

GradientAverager::GradientAverager(const Communicator& communicator,
                                   std::vector<Parameter> parameters,
                                   const DataParallelOptions& options) {
  if (parameters.empty()) raise("DataParallel: found no parameters, expected those of a model");
  state_ = std::make_shared<State>(communicator, std::move(parameters), options);
  state_->attach(state_);
}

GradientAverager::~GradientAverager() {
  if (state_) state_->detach();
}

GradientAverager::GradientAverager(GradientAverager&&) noexcept = default;

OpenShard GradientAverager::open_shard(double weight, bool by_hand) {
  return state_->open_shard(weight, by_hand);
}
void GradientAverager::watch(const Variable& output, const OpenShard& shard) const {
  if (!output.requires_grad() || output.is_leaf()) return;
  output.add_hook([state = std::weak_ptr<State>(state_), number = shard.number](const Variable& g) {
    if (auto alive = state.lock()) alive->enter(number);
    return g;
  });
}
std::uint64_t GradientAverager::step() const {
  return state_->step();
}
std::size_t GradientAverager::buckets() const {
  return state_->bucket_count();
}

StateDict GradientAverager::state_dict() const {
  StateDict state;
  state.set("step", static_cast<std::int64_t>(step()));
  return state;
}

void GradientAverager::load_state_dict(const StateDict& state) {
  state.require("DataParallel::load_state_dict",
                std::array{StateSpec{"step", StateKind::integer, {}, {}, {}}});
  state_->set_step(static_cast<std::uint64_t>(state.at<std::int64_t>("step")));
}

}  // namespace tutti::parallel
