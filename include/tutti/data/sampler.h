// Which samples each rank sees, and when.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tutti::data {

struct SamplerOptions {
  std::int64_t batch = 64;  ///< samples per shard
  std::int64_t shards = 0;  ///< of a step, over all ranks; 0 means one per rank
  std::uint64_t seed = 0;   ///< the same on all ranks
  bool shuffle = true;
};

/// Cuts an epoch of `size` samples into steps, a step into shards, and gives rank r of P the shards
/// [r*S/P, (r+1)*S/P). A step is the next S*batch samples of a permutation that depends on seed and
/// epoch alone; its shards are consecutive parts of it. In the last step, what is left is spread
/// evenly: shards may be short or empty. So all ranks take equally many steps, every sample comes
/// exactly once an epoch, and what shard s of a step holds does not depend on the number of ranks.
///
/// S must be a multiple of P, and S/P a power of two unless P is 1, so that the sum over shards has
/// the same tree on any number of ranks. Error for that, and for size, batch, rank out of range.
/// Source of the permutation: Fisher, Yates; Durstenfeld: "Algorithm 235", CACM 1964.
class DistributedSampler {
 public:
  DistributedSampler(std::int64_t size, const SamplerOptions& options, int rank, int ranks);

  /// Draws the order of this epoch; epoch 0 is drawn at construction.
  void set_epoch(std::int64_t epoch);

  std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }
  std::int64_t steps() const;
  std::int64_t shards() const { return shards_; }
  std::int64_t shards_per_rank() const { return shards_per_rank_; }
  /// The global number of this rank's shard 0.
  std::int64_t first_shard() const { return first_shard_; }
  /// The samples of a step in all shards of all ranks.
  std::int64_t samples(std::int64_t step) const;
  /// The samples of this rank's shard number `local_shard` of a step. Valid until the sampler
  /// changes or dies. Error when out of range.
  std::span<const std::int64_t> shard(std::int64_t step, std::int64_t local_shard) const;

 private:
  std::int64_t batch_;
  std::int64_t shards_;
  std::int64_t shards_per_rank_;
  std::int64_t first_shard_;
  std::uint64_t seed_;
  bool shuffle_;
  std::vector<std::int64_t> order_;
};

}  // namespace tutti::data
