// Averages the gradients of all ranks while backward goes on.
#pragma once

#include <memory>
#include <vector>

#include "tutti/autograd/variable.h"
#include "tutti/comm/all_reduce.h"

namespace tutti::parallel {

struct DataParallelOptions {
  /// Shards of a step, over all ranks; 0 means one per rank. A rank runs backward shards / P times
  /// per step; that must be a power of two, or P must be 1. The number is part of the computation:
  /// with it, the averaged gradients have the same bits on any number of ranks.
  std::int64_t shards = 0;
  /// A bucket is closed when it holds as much.
  std::size_t bucket_bytes = std::size_t{4} << 20;
  /// As in AllReduceOptions.
  std::string_view algorithm = {};
  Order order = Order::canonical;
};

/// Owns the buckets: contiguous memory in which the gradients of `parameters` live from now on.
/// When the last gradient of a bucket is ready in the last shard of a step, its all-reduce starts,
/// in bucket order on all ranks. Shards are added in the order of the canonical sum, below the
/// ranks as across them, and the total is divided once by the number of samples in the step.
/// Gradients that a backward did not reach count as 0. All ranks must own one with the same
/// parameters and options, and must call backward equally often.
class GradientAverager {
 public:
  GradientAverager(const Communicator& communicator, std::vector<Variable> parameters,
                   const DataParallelOptions& options);
  /// Gives the slots back to the parameters; does not communicate.
  ~GradientAverager();
  GradientAverager(GradientAverager&&) noexcept;
  GradientAverager& operator=(GradientAverager&&) = delete;

  /// The shard whose backward comes next consists of `samples` samples: its weight in the average.
  /// In the last shard of a step this starts a collective; it does not block.
  void begin_shard(std::int64_t samples);

  std::uint64_t step() const;         ///< steps whose average is complete
  std::int64_t global_shard() const;  ///< the number of the shard that begin_shard announces
  std::size_t buckets() const;

  class State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tutti::parallel
