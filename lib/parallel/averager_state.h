// The gradient averager at work: the sink of its parameters' slots.
#pragma once

#include <source_location>

#include "agreement_check.h"
#include "buckets.h"
#include "shard_order.h"
#include "tutti/parallel/gradient_averager.h"

namespace tutti::parallel {

class GradientAverager::State : public GradientSink {
 public:
  /// Collective.
  State(const Communicator& communicator, const std::vector<Parameter>& parameters,
        const std::vector<nn::Statistic>& statistics, const DataParallelOptions& options,
        std::source_location site);

  void attach(const std::shared_ptr<State>& self);
  void detach();

  OpenShard open_shard(double weight, bool by_hand);
  void pass_by(bool evaluating) { order_.pass_by(evaluating); }
  void enter(std::int64_t number) { order_.enter(number); }
  void require_idle(std::string_view who) const;
  std::uint64_t step() const { return step_; }
  void set_step(std::uint64_t step) { step_ = step; }
  std::size_t bucket_count() const { return memory_->list.size(); }

  // As a sink.
  void expect(std::size_t index, double denominator) override;
  void ready(std::size_t index) override;
  void finish() override;
  void abandon() noexcept override { abandoned_ = true; }
  void replace(std::size_t index, const Tensor& value) override;
  void use(std::size_t index, std::uint64_t rule) override;

 private:
  /// What all-reduces of this step borrow: they keep it alive.
  struct Memory : Buckets {
    using Buckets::Buckets;
    std::vector<double> weights;
    std::vector<std::uint8_t> reached;  ///< by parameter: some shard's backward came there
  };

  void require_whole() const;
  void begin_backward(double denominator);
  void sum_weights();
  double total_weight();
  void join_levels(Bucket& bucket);
  void start_ready_buckets();
  void start_reached();
  void complete_step();
  void move_statistics();
  CallLabel label_of(std::uint64_t part) const;

  Communicator host_;
  /// Statistics and their calls first: the last that a backward reaches.
  std::vector<Parameter> parameters_;
  std::vector<nn::Statistic> statistics_;
  DataParallelOptions options_;
  std::source_location site_;
  std::uint64_t wrapper_;  ///< the number of the call before which this was made
  ShardOrder order_;
  bool strided_;
  Communicator communicator_;
  int levels_;
  std::shared_ptr<Memory> memory_;
  AgreementCheck agreement_;

  bool abandoned_ = false;
  std::vector<bool> complete_;  ///< by parameter: nothing is added in this backward any more
  std::uint64_t step_ = 0;
  std::uint64_t averages_ = 0;               ///< complete ones
  std::vector<std::uint64_t> used_average_;  ///< by parameter: what an optimizer used last
  std::uint64_t updates_ = 0;                ///< hash of what optimizers have done
  std::size_t started_ = 0;
  Work weight_work_;
  std::vector<Work> works_;
};

}  // namespace tutti::parallel
