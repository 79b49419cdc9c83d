// Which of a step's shards a rank has opened, and whose backward comes next.
#pragma once

#include <deque>

#include "shard_sum.h"
#include "tutti/parallel/gradient_averager.h"

namespace tutti::parallel {

/// A rank's shards of a step, one step after the other. All errors are the caller's: of the order
/// of forwards and backwards.
class ShardOrder {
 public:
  ShardOrder(std::int64_t per_rank, bool strided, int rank, int ranks)
      : per_rank_(per_rank), strided_(strided), rank_(rank), ranks_(ranks) {}

  std::int64_t per_rank() const { return per_rank_; }
  std::int64_t done() const { return done_; }
  /// Whether the shard in backward, or the next one, is the step's last.
  bool last() const { return done_ + 1 == per_rank_; }
  bool idle() const { return opened_ == 0; }
  bool in_backward() const { return current_ >= 0; }
  ShardCounter counter() const { return {done_, per_rank_}; }

  OpenShard open(std::uint64_t step, double weight, bool by_hand);
  /// A forward that opens nothing; `evaluating`, or nothing is recorded.
  void pass_by(bool evaluating) { passed_by_ = evaluating ? PassedBy::eval : PassedBy::no_grad; }
  /// A backward begins: that of the oldest open shard.
  OpenShard begin();
  /// The gradient of a shard's output has come: its backward is the one that goes on or begins.
  void enter(std::int64_t number);
  /// The backward is over. Whether it was the step's last.
  bool end();

 private:
  enum class PassedBy { nothing, eval, no_grad };

  std::int64_t per_rank_;
  bool strided_;
  int rank_, ranks_;
  std::deque<OpenShard> open_;              ///< those whose backward is still to come
  std::int64_t opened_ = 0;                 ///< in this step
  std::int64_t done_ = 0;                   ///< backwards of this step
  std::int64_t current_ = -1;               ///< the shard in backward
  std::int64_t entered_ = -1;               ///< whose output's gradient has come, before any leaf's
  PassedBy passed_by_ = PassedBy::nothing;  ///< the last forward
  bool step_ended_ = false;                 ///< and no forward since
};

}  // namespace tutti::parallel
