// Which samples each rank sees, and when.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <vector>

#include "tutti/base/placement.h"
#include "tutti/comm/communicator.h"
#include "tutti/tensor/state_dict.h"

namespace tutti::data {

struct SamplerOptions {
  std::int64_t batch = 64;  ///< samples per shard
  std::int64_t shards = 0;  ///< of a step, over all ranks; 0 means one per rank
  std::uint64_t seed = 0;   ///< the same on all ranks
  bool shuffle = true;
  /// Leave out what does not fill a step: other samples in each epoch; without shuffling always the
  /// last ones, with lengths the longest.
  bool drop_last = false;
  Placement placement = Placement::consecutive;  ///< which of a step's shards a rank has
  std::vector<std::int64_t> lengths{};  ///< one per sample: similar ones share a step; or none
};

/// Cuts an epoch of `size` samples into steps, a step into S shards, and gives each of P ranks S/P
/// of them. A step is the next S*batch samples of a permutation that depends on seed and epoch
/// alone; its shards are consecutive parts of it. In the last step, what is left is spread evenly:
/// shards may be short or empty, unless drop_last leaves that step out. So all ranks take equally
/// many steps, every sample comes exactly once an epoch, and what shard s of a step holds depends
/// neither on the number of ranks nor on their placement.
///
/// Where lengths are given, as of sequences that will be padded to the longest of a shard,
/// stretches of 64 steps of that permutation are sorted by length before they are cut into steps,
/// which then come in random order, the last one excepted. Without shuffling, all samples are
/// sorted.
///
/// S must be a multiple of P (and S/P a power of two, unless P is 1, for what DataParallel does
/// with them by default); strided placement needs P a power of two. Error for that, and for size,
/// batch, rank out of range, and lengths of another number of samples.
///
/// Made with a communicator, it is compared among ranks when it is made and whenever a loop begins:
/// an Error on every rank names what differs. Made with a rank's number, nobody notices that ranks
/// see samples twice or never.
///
/// It has a cursor: the epoch and the step that comes next. A Loader's loop begins there and moves
/// it. A shared handle: copies have one cursor. Not for several threads at once.
/// Source of the permutation: Fisher, Yates; Durstenfeld: "Algorithm 235", CACM 1964.
class DistributedSampler {
 public:
  /// Collective, blocking; and so is each loop's begin.
  DistributedSampler(std::int64_t size, const SamplerOptions& options,
                     const Communicator& communicator,
                     std::source_location site = std::source_location::current());
  /// Local.
  DistributedSampler(std::int64_t size, const SamplerOptions& options, int rank, int ranks);

  /// Draws the order of this epoch and goes to its first step; does nothing in this very epoch, so
  /// that a state that was loaded stays. Epoch 0 is drawn at construction. Error when negative.
  void set_epoch(std::int64_t epoch);
  std::int64_t epoch() const { return state_->epoch; }
  /// The step that comes next: while step k of a Loader's loop is being used, k + 1, at most
  /// steps().
  std::int64_t next_step() const { return state_->next_step; }

  std::int64_t size() const { return static_cast<std::int64_t>(state_->order->size()); }
  std::int64_t steps() const;
  std::int64_t shards() const { return state_->shards; }
  std::int64_t shards_per_rank() const { return state_->shards_per_rank; }
  /// The number among all ranks' shards of this rank's shard number `local_shard`.
  std::int64_t global_shard(std::int64_t local_shard) const {
    return state_->first_shard + local_shard * state_->shard_step;
  }
  /// The samples of a step in all shards of all ranks.
  std::int64_t samples(std::int64_t step) const;
  /// The samples of this rank's shard number `local_shard` of a step. Valid until the sampler
  /// changes or dies. Error when out of range.
  std::span<const std::int64_t> shard(std::int64_t step, std::int64_t local_shard) const;

  /// What the order depends on, and the cursor: the same on all ranks.
  StateDict state_dict() const;
  /// Goes where the state was taken, on any number of ranks: the next loop begins in the middle of
  /// that epoch. One Error lists all in which the state's sampler differs: size, batch, shards,
  /// seed, shuffle, lengths.
  void load_state_dict(const StateDict& state);

 private:
  friend class Loader;

  struct State {
    std::int64_t batch;
    std::int64_t shards;
    std::int64_t shards_per_rank;
    std::int64_t first_shard;
    std::int64_t shard_step;
    std::uint64_t seed;
    bool shuffle;
    bool drop_last;
    std::shared_ptr<const std::vector<std::int64_t>> lengths{};  // none where samples are alike
    std::int64_t lengths_mark = 0;                               // a hash of them
    std::shared_ptr<const std::vector<std::int64_t>> order{};
    std::int64_t epoch = 0;
    std::int64_t next_step = 0;   // what state_dict() says
    std::int64_t first_step = 0;  // where the next loop begins
    std::optional<Communicator> communicator{};
    std::source_location site{};
  };

  void require_agreement() const;
  void draw(std::int64_t epoch, std::int64_t size);
  /// The same order with a cursor of its own, for a loop that begins now.
  DistributedSampler begin_loop();
  /// This step of `epoch` comes next in a loop.
  void reached(std::int64_t epoch, std::int64_t step);

  std::shared_ptr<State> state_;
};

}  // namespace tutti::data
