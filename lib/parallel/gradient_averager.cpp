#include "tutti/parallel/gradient_averager.h"

#include <bit>
#include <cmath>

#include "buckets.h"
#include "comm/work_queue.h"
#include "tutti/comm/device_communicator.h"
#include "tutti/ops/update.h"

namespace tutti::parallel {
namespace {

std::int64_t shards_per_rank(std::int64_t shards, int ranks) {
  if (shards == 0) shards = ranks;
  std::int64_t each = shards / ranks;
  if (shards < 0 || shards % ranks || (ranks > 1 && !std::has_single_bit(std::uint64_t(each))))
    raise("DataParallel: found ", shards, " shards for ", ranks, " ranks, expected a multiple of ",
          ranks, " with a power of two per rank; choose ", ranks, ", ", 2 * ranks, " or ",
          4 * ranks);
  return each;
}

}  // namespace

class GradientAverager::State : public GradientSink {
 public:
  State(const Communicator& communicator, std::vector<Variable> parameters,
        const DataParallelOptions& options)
      : host_(communicator),
        parameters_(std::move(parameters)),
        options_(options),
        per_rank_(shards_per_rank(options.shards, communicator.size())),
        communicator_(with_device(host_, parameters_.at(0).device())),
        buckets_(communicator_, parameters_, options.bucket_bytes,
                 std::bit_width(std::uint64_t(per_rank_))) {}

  // A bucket that is on its way must stay: the queue lets go of it behind the last all-reduce.
  ~State() override {
    bool on_the_way = !weight_work_.done();
    for (const Work& work : works_) on_the_way = on_the_way || !work.done();
    if (!on_the_way) return;
    try {
      auto keep = [buckets = buckets_.list, weight = weight_] { return Event{}; };
      communicator_.queue().submit(keep, Stream{});
    } catch (const Error&) {  // the queue has failed: nothing runs any more
    }
  }

  void attach(const std::shared_ptr<State>& self) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      if (slot.sink)
        raise(
            "DataParallel: found a parameter whose gradients another wrapper averages already, "
            "expected each parameter in one");
      slot.filled = false;
      slot.sink = self;
      slot.index = i;
    }
  }

  void detach() {
    for (Variable& parameter : parameters_) parameter.slot() = GradientSlot{};
  }

  void begin_shard(std::int64_t samples) {
    if (announced_ && samples == samples_) return;
    if (announced_)
      raise("DataParallel: found batches of ", samples_, " and ", samples,
            " samples before one backward, expected one size per shard");
    announced_ = true;
    samples_ = samples;
    local_total_ += static_cast<double>(samples);
    if (shard_ + 1 < per_rank_) return;
    *weight_ = local_total_;
    weight_work_ = all_reduce_async(host_, block_of(weight_.get(), 1), ReduceOp::sum());
  }

  void expect(std::size_t, double) override {
    if (in_backward_) return;
    if (!announced_)
      raise(
          "DataParallel: found a backward without a forward through the wrapper, expected one "
          "forward for each");
    in_backward_ = true;
    int depth = std::popcount(static_cast<std::uint64_t>(shard_));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      if (shard_ == 0 && slot.filled)
        raise(
            "DataParallel: found the gradients of the last step, expected zero_grad() after "
            "every ",
            per_rank_, " backward() of a step");
      slot.memory = buckets_.views[static_cast<std::size_t>(depth)][i];
      slot.filled = false;
      slot.scale = static_cast<double>(samples_);
    }
    for (Bucket& bucket : buckets_.list) bucket.missing = bucket.members.size();
    started_ = 0;
  }

  void ready(std::size_t index) override {
    Bucket& bucket = buckets_.list[buckets_.bucket_of[index]];
    if (--bucket.missing > 0) return;
    add_levels(bucket);
    if (last_shard()) start_ready_buckets();
  }

  void replace(std::size_t index, const Tensor& value) override {
    const Variable& parameter = parameters_[index];
    if (value.shape() != parameter.shape() || value.dtype() != parameter.dtype() ||
        value.device().id() != parameter.device().id())
      raise("DataParallel: found a parameter ", parameter.shape(), " of ", parameter.dtype(),
            " on ", parameter.device().id(), " that was to become ", value.shape(), " of ",
            value.dtype(), " on ", value.device().id(),
            " after wrapping, expected no change; convert and move the module before");
  }

  void finish() override {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      if (slot.filled) continue;
      slot.memory.fill(0);
      slot.filled = true;
      ready(i);
    }
    in_backward_ = announced_ = false;
    if (!last_shard()) {
      ++shard_;
      return;
    }
    for (Work& work : works_) work.wait();
    works_.clear();
    shard_ = 0;
    local_total_ = 0;
    ++step_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      GradientSlot& slot = parameters_[i].slot();
      slot.memory = buckets_.views[0][i];
      slot.filled = true;
      slot.scale = 1;
    }
  }

  std::uint64_t step() const { return step_; }
  std::int64_t global_shard() const { return host_.rank() * per_rank_ + shard_; }
  std::size_t bucket_count() const { return buckets_.list.size(); }

 private:
  bool last_shard() const { return shard_ + 1 == per_rank_; }

  // The canonical sum over this rank's shards as a binary counter: level d holds the sum of a
  // finished subtree, and a new shard joins as many of them as it completes.
  void add_levels(Bucket& bucket) {
    auto number = static_cast<std::uint64_t>(shard_);
    int depth = std::popcount(number);
    int joins = last_shard() ? depth : std::countr_one(number);
    for (; joins > 0; --joins, --depth)
      update(Accumulate{1}, bucket.levels[static_cast<std::size_t>(depth - 1)],
             bucket.levels[static_cast<std::size_t>(depth)]);
  }

  void start_ready_buckets() {
    while (started_ < buckets_.list.size() && buckets_.list[started_].missing == 0) {
      weight_work_.wait();
      const Tensor& sum = buckets_.list[started_++].levels[0];
      AllReduceOptions options{options_.algorithm, options_.order, &sum.device().stream()};
      works_.push_back(all_reduce_async(communicator_, sum.block(),
                                        ReduceOp::sum_over(std::max(*weight_, 1.0)), options));
    }
  }

  Communicator host_;
  std::vector<Variable> parameters_;
  DataParallelOptions options_;
  std::int64_t per_rank_;
  Communicator communicator_;
  Buckets buckets_;

  bool announced_ = false;
  bool in_backward_ = false;
  std::int64_t shard_ = 0;
  std::int64_t samples_ = 0;
  std::uint64_t step_ = 0;
  double local_total_ = 0;
  std::shared_ptr<double> weight_ = std::make_shared<double>(0);
  Work weight_work_;
  std::size_t started_ = 0;
  std::vector<Work> works_;
};

GradientAverager::GradientAverager(const Communicator& communicator,
                                   std::vector<Variable> parameters,
                                   const DataParallelOptions& options) {
  if (parameters.empty()) raise("DataParallel: found no parameters, expected those of a model");
  state_ = std::make_shared<State>(communicator, std::move(parameters), options);
  state_->attach(state_);
}

GradientAverager::~GradientAverager() {
  if (state_) state_->detach();
}

GradientAverager::GradientAverager(GradientAverager&&) noexcept = default;

void GradientAverager::begin_shard(std::int64_t samples) {
  state_->begin_shard(samples);
}
std::uint64_t GradientAverager::step() const {
  return state_->step();
}
std::int64_t GradientAverager::global_shard() const {
  return state_->global_shard();
}
std::size_t GradientAverager::buckets() const {
  return state_->bucket_count();
}

}  // namespace tutti::parallel
