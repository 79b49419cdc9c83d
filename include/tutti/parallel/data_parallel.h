// Data parallel training: every rank has the whole model and its share of the batch.
#pragma once

#include "tutti/autograd/grad_mode.h"
#include "tutti/comm/broadcast.h"
#include "tutti/nn/module.h"
#include "tutti/parallel/gradient_averager.h"

namespace tutti::parallel {

/// Collective, blocking: every parameter and buffer of `module` becomes rank 0's.
void broadcast_values(Communicator& communicator, const nn::Module& module);

/// Collective, blocking: the module's digest when all ranks hold the same values; Error naming the
/// first rank that differs from rank 0.
Sha256::Digest agreed_digest(Communicator& communicator, const nn::Module& module);

/// Wraps a module that is initialised and on its device. Making one is collective: rank 0's values
/// go everywhere. Then each step is, on every rank, `shards / P` times a forward through the
/// wrapper and a backward, the optimizer's step and zero_grad. The last backward of a step is
/// collective and returns when the parameters' gradients are the mean over all samples of all
/// ranks: a shard counts by its samples, which are the first extent of forward's first argument.
/// Losses must be means over the batch, and 0 for an empty one. Errors of the module are the
/// module's.
template <class M>
class DataParallel {
 public:
  DataParallel(Communicator& communicator, M module, const DataParallelOptions& options = {})
      : module_(std::move(module)),
        averager_((broadcast_values(communicator, module_), communicator), module_.parameters(),
                  options) {}

  template <class First, class... Rest>
  auto operator()(const First& first, const Rest&... rest) {
    if (module_.training() && grad_enabled()) {
      module_.set_random_position(averager_.step(),
                                  static_cast<std::uint64_t>(averager_.global_shard()));
      averager_.begin_shard(first.shape().rank() ? first.shape()[0] : 1);
    }
    return module_.forward(first, rest...);
  }

  M& module() { return module_; }
  const GradientAverager& averager() const { return averager_; }

 private:
  M module_;
  GradientAverager averager_;
};

}  // namespace tutti::parallel
