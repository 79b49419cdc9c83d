#include "shard_order.h"

#include <cmath>

namespace tutti::parallel {
namespace {

void require_order(std::int64_t found, std::int64_t expected) {
  if (found == expected) return;
  raise("DataParallel: found the backward of shard ", found,
        " of the step, expected that of shard ", expected,
        "; backwards come in the order of the forwards, each before the next begins");
}

}  // namespace

OpenShard ShardOrder::open(std::uint64_t step, double weight, bool by_hand) {
  if (!(std::isfinite(weight) && weight >= 0))
    raise("DataParallel: found a shard of weight ", weight,
          ", expected a finite number of 0 or more");
  if (opened_ == per_rank_)
    raise("DataParallel: found a forward for shard ", opened_ + 1, " of ", per_rank_,
          " of a rank's step, expected a backward for each before, on all ranks: where a batch is "
          "left out, all ranks leave it out, before its forward; call the module several times in "
          "one shard through shard({.weight = ...}), and evaluate in eval() or under NoGrad");
  const std::int64_t local = opened_++;
  passed_by_ = PassedBy::nothing;
  step_ended_ = false;
  const std::int64_t number = strided_ ? local * ranks_ + rank_ : rank_ * per_rank_ + local;
  open_.push_back({step, number, weight, by_hand});
  return open_.back();
}

OpenShard ShardOrder::begin() {
  if (open_.empty()) {
    if (passed_by_ == PassedBy::eval)
      raise(
          "DataParallel: found a backward behind a forward in evaluation mode, which opens no "
          "shard, expected train() before the forward");
    if (passed_by_ == PassedBy::no_grad)
      raise(
          "DataParallel: found a backward behind a forward under NoGrad, which opens no shard, "
          "expected one that is recorded");
    if (step_ended_)
      raise(
          "DataParallel: found a second backward in a step whose average is complete, expected "
          "one for each forward; add losses and call backward() once, or use more shards");
    raise(
        "DataParallel: found a backward without a forward through the wrapper, expected one "
        "forward for each");
  }
  const OpenShard shard = open_.front();
  if (entered_ >= 0) require_order(entered_, shard.number);
  open_.pop_front();
  current_ = shard.number;
  return shard;
}

void ShardOrder::enter(std::int64_t number) {
  if (in_backward())
    require_order(number, current_);
  else
    entered_ = number;
}

bool ShardOrder::end() {
  current_ = entered_ = -1;
  if (++done_ < per_rank_) return false;
  done_ = opened_ = 0;
  step_ended_ = true;
  passed_by_ = PassedBy::nothing;
  return true;
}

}  // namespace tutti::parallel
