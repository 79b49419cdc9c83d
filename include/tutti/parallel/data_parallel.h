// Data parallel training: every rank has the whole model and its share of the batch.
#pragma once

#include "tutti/autograd/grad_mode.h"
#include "tutti/comm/communicator.h"
#include "tutti/nn/module.h"
#include "tutti/parallel/gradient_averager.h"

namespace tutti::parallel {

/// Collective, blocking: every parameter and buffer of `module`, and the seed of its random layers,
/// become rank 0's.
void broadcast_values(Communicator& communicator, const nn::Module& module,
                      std::source_location site = std::source_location::current());

/// Collective, blocking: Error on every rank, naming the first one that differs from rank 0 and in
/// what, unless all wrap parameters of the same paths, shapes and dtypes with the same options.
void require_agreement(Communicator& communicator, const nn::Module& module,
                       const DataParallelOptions& options,
                       std::source_location site = std::source_location::current());

/// Collective, blocking: the module's digest when all ranks hold the same values; Error naming the
/// first rank that differs from rank 0.
Sha256::Digest agreed_digest(Communicator& communicator, const nn::Module& module,
                             std::source_location site = std::source_location::current());

struct ShardOptions {
  double weight = 1;  ///< what the shard counts in the average: samples, tokens; 0 or more
};

/// Wraps a module that is initialised and on its device. Making one is collective: rank 0's values
/// go everywhere. Then each step is, on every rank, `shards / P` times a forward through the
/// wrapper and a backward, the optimizer's step and zero_grad. The last backward of a step is
/// collective and returns when the parameters' gradients are the mean over all samples of all
/// ranks. A batch that is left out is left out by all ranks. While the wrapper lives, no part can
/// be added to the module.
///
/// `parallel_model(x)` opens the next shard, which weighs the first extent of x; where the loss
/// divides by something else and says so, as cross_entropy does with the labels that count, it
/// weighs that. `auto shard = parallel_model.shard({.weight = tokens})` opens one by hand, through
/// which the module may be called several times before its one backward. Losses must be means, and
/// 0 for an empty batch. In eval() or under NoGrad calls go to the module, and they and shard()
/// open nothing. Errors of the module are the module's.
template <class M>
class DataParallel {
 public:
  /// `site`: where messages say that it was made.
  DataParallel(Communicator& communicator, M module, const DataParallelOptions& options = {},
               std::source_location site = std::source_location::current())
      : communicator_(communicator),
        module_(std::move(module)),
        averager_((require_agreement(communicator, module_, options, site),
                   broadcast_values(communicator, module_, site), communicator),
                  module_, options, site),
        parts_(module_) {}

  template <class First, class... Rest>
  auto operator()(const First& first, const Rest&... rest) {
    if (evaluates()) return module_(first, rest...);
    double samples = first.shape().rank() ? static_cast<double>(first.shape()[0]) : 1;
    OpenShard shard = averager_.open_shard(samples, false);
    place(shard);
    auto output = module_(first, rest...);
    if constexpr (std::same_as<decltype(output), Variable>) averager_.watch(output, shard);
    return output;
  }

  /// A shard that was opened by hand: a handle that is called like the module.
  class Shard {
   public:
    template <class... Arguments>
    auto operator()(const Arguments&... arguments) {
      if (position_) module_.set_random_position(position_);
      auto output = module_(arguments...);
      if constexpr (std::same_as<decltype(output), Variable>)
        if (position_) averager_->watch(output, shard_);
      return output;
    }

   private:
    friend class DataParallel;
    Shard(M module, const GradientAverager& averager, const OpenShard& shard,
          std::shared_ptr<nn::RandomPosition> position)
        : module_(std::move(module)),
          averager_(&averager),
          shard_(shard),
          position_(std::move(position)) {}
    M module_;
    const GradientAverager* averager_;
    OpenShard shard_;
    std::shared_ptr<nn::RandomPosition> position_;  ///< none where nothing was opened
  };
  /// The wrapper must stay while the shard is called.
  Shard shard(const ShardOptions& options) {
    if (evaluates()) return Shard(module_, averager_, {}, nullptr);
    OpenShard opened = averager_.open_shard(options.weight, true);
    return Shard(module_, averager_, opened, place(opened));
  }

  /// Collective, blocking: rank 0's values and seed go everywhere, as when the wrapper was made:
  /// after a change on rank 0 alone. Error while a step is under way.
  void broadcast(std::source_location site = std::source_location::current()) {
    averager_.require_idle("DataParallel::broadcast");
    broadcast_values(communicator_, module_, site);
  }

  M& module() { return module_; }
  const GradientAverager& averager() const { return averager_; }
  /// What a resumed run needs beside the module's and the optimizer's states.
  StateDict state_dict() const { return averager_.state_dict(); }
  void load_state_dict(const StateDict& state) { averager_.load_state_dict(state); }

 private:
  // Does a forward open nothing now? Then what it draws is no shard's.
  bool evaluates() {
    const bool training = module_.training();
    if (training && grad_enabled()) return false;
    if (training) module_.set_random_position(nullptr);
    averager_.pass_by(!training);
    return true;
  }

  // Random layers draw by the shard's place in the run.
  std::shared_ptr<nn::RandomPosition> place(const OpenShard& shard) {
    auto position = std::make_shared<nn::RandomPosition>();
    position->step = shard.step;
    position->shard = static_cast<std::uint32_t>(shard.number);
    module_.set_random_position(position);
    return position;
  }

  Communicator communicator_;
  M module_;
  GradientAverager averager_;
  nn::FixedParts parts_;
};

}  // namespace tutti::parallel
