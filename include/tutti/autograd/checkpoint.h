// Activation checkpointing: less memory for a second forward.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tutti/autograd/grad_mode.h"
#include "tutti/autograd/variable.h"
#include "tutti/base/philox.h"

namespace tutti {

namespace detail {

using Recompute = std::function<void(std::span<const Variable>)>;

/// While it lives, what this thread's ops save is not kept, but computed again by `recompute` when
/// backward reads the first of it.
class CheckpointScope {
 public:
  CheckpointScope(Recompute recompute, std::span<const Variable> inputs);
  ~CheckpointScope();
  CheckpointScope(const CheckpointScope&) = delete;
  CheckpointScope& operator=(const CheckpointScope&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace detail

/// f(inputs...), of which only the inputs are kept: what its ops save for backward is computed
/// again by a second call of f when backward comes to it, and let go behind it. Values and
/// gradients have the bits that they have without; random layers draw the same, running statistics
/// count once.
/// f takes Variables and gives anything that holds Variables; it is copied, called as const, and
/// called again in backward: hooks of its modules run a second time, and a backward() within it
/// adds to gradient slots twice. What it reads beside its inputs must not change before backward:
/// for leaves that require a gradient that is an Error then, for constants it is not seen. Calls
/// may stand within each other. Without recording it is f alone.
///
///   Variable y = checkpoint(block, x);
///
/// Source: Chen, Xu, Zhang, Guestrin, arXiv:1604.06174.
template <class F, std::same_as<Variable>... Inputs>
auto checkpoint(F f, const Inputs&... inputs) {
  if (!grad_enabled()) return f(inputs...);
  const std::vector<Variable> all{inputs...};
  auto again = [f](std::span<const Variable> x) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_cast<void>(f(x[I]...));
    }
    (std::index_sequence_for<Inputs...>{});
  };
  const detail::CheckpointScope scope(std::move(again), all);
  return f(inputs...);
}

/// Whether a checkpointed function runs on this thread for a second time: what counts calls must
/// not count this one.
bool recomputing();

/// What addresses the random numbers of a call: draw(), but in a second run what it gave in the
/// first.
RandomDraw draw_once(const std::function<RandomDraw()>& draw);

}  // namespace tutti
