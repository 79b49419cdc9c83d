// Averages the gradients of all ranks while backward goes on.
#pragma once

#include <memory>
#include <source_location>
#include <vector>

#include "tutti/autograd/variable.h"
#include "tutti/base/placement.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/nn/module.h"

namespace tutti::parallel {

struct DataParallelOptions {
  /// Shards of a step, over all ranks; 0 means one per rank. A rank runs backward shards / P times
  /// per step; that must be a power of two, or P must be 1. The number is part of the computation:
  /// with it, the averaged gradients have the same bits on any number of ranks. With Order::any
  /// every multiple of P will do, and the bits depend on P.
  std::int64_t shards = 0;
  /// Which of them a rank computes, as in the sampler's options; the bits are the same. Consecutive
  /// ones are added at home and all-reduced once a step, strided ones are all-reduced each.
  Placement placement = Placement::consecutive;
  /// A bucket is closed when it holds as much.
  std::size_t bucket_bytes = std::size_t{4} << 20;
  /// As in AllReduceOptions.
  std::string_view algorithm = {};
  Order order = Order::canonical;
  /// Compares the ranks' parameters before each so many steps, and throws on all ranks at the end
  /// of that step where one differs; 0: never. The forward hashes them, which reads all once; the
  /// hashes are compared in the background.
  std::int64_t check_every = 0;
  /// Whether optimizers' steps are compared: an Error in the step that follows where ranks took
  /// others, and at once where one is taken twice with one average. Not where each rank steps a
  /// part of the parameters and sends it to the others.
  bool compare_updates = true;
};

/// One shard between the forward that opens it and its backward.
struct OpenShard {
  std::uint64_t step = 0;
  std::int64_t number = 0;  ///< among all ranks' shards of the step
  double weight = 0;
  bool weighted_by_hand = false;  ///< the loss's denominator does not replace `weight`
};

/// Owns the buckets: contiguous memory in which the gradients of a module live from now on.
/// When the last gradient of a bucket is ready in the last shard of a step, its all-reduce starts,
/// in bucket order on all ranks. Shards are added in the order of the canonical sum, below the
/// ranks as across them, and the total is divided once by the sum of the shards' weights. Gradients
/// that a backward did not reach count as 0; a parameter that no shard of a step has reached has
/// none. All ranks must own one with the same parameters and options, and must open equally many
/// shards. Its calls name wrapper, step and bucket: ranks that are out of step get an Error.
class GradientAverager {
 public:
  /// Of all parameters of a module, and of its running statistics: these are averaged like
  /// gradients, and moved at the end of a step.
  GradientAverager(const Communicator& communicator, const nn::Module& module,
                   const DataParallelOptions& options,
                   std::source_location site = std::source_location::current());
  /// Gives the slots back to the parameters; does not communicate.
  ~GradientAverager();
  GradientAverager(GradientAverager&&) noexcept;
  GradientAverager& operator=(GradientAverager&&) = delete;

  /// Opens the next shard of the step; several may be open at once. Each needs one backward, and
  /// backwards come in the order in which shards were opened. A shard's gradients weigh `weight` in
  /// the average; where a loss says by what it divided, that counts instead, unless `by_hand`.
  /// Error where all of the step's shards are open or done.
  OpenShard open_shard(double weight, bool by_hand);

  /// Says that a forward opened no shard: `evaluating`, or since nothing is recorded.
  void pass_by(bool evaluating);
  /// Error of `who` while a step is under way.
  void require_idle(std::string_view who) const;

  /// Has a backward that passes `output`, the result of the shard's forward, compared with the
  /// order in which shards were opened: an Error names both.
  void watch(const Variable& output, const OpenShard& shard) const;

  std::uint64_t step() const;  ///< steps whose average is complete
  std::size_t buckets() const;

  /// The number of steps, which places random numbers.
  StateDict state_dict() const;
  /// Error while a step is under way.
  void load_state_dict(const StateDict& state);

  class State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tutti::parallel
