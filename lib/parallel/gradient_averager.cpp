#include "tutti/parallel/gradient_averager.h"

#include "averager_state.h"

namespace tutti::parallel {

GradientAverager::GradientAverager(const Communicator& communicator, const nn::Module& module,
                                   const DataParallelOptions& options, std::source_location site)
    : state_(std::make_shared<State>(communicator, module.parameters(), module.statistics(),
                                     options, site)) {
  state_->attach(state_);
}

GradientAverager::~GradientAverager() {
  if (state_) state_->detach();
}

GradientAverager::GradientAverager(GradientAverager&&) noexcept = default;

OpenShard GradientAverager::open_shard(double weight, bool by_hand) {
  return state_->open_shard(weight, by_hand);
}
void GradientAverager::pass_by(bool evaluating) {
  state_->pass_by(evaluating);
}
void GradientAverager::watch(const Variable& output, const OpenShard& shard) const {
  if (!output.requires_grad() || output.is_leaf()) return;
  output.add_hook([state = std::weak_ptr<State>(state_), number = shard.number](const Variable& g) {
    if (auto alive = state.lock()) alive->enter(number);
    return g;
  });
}
void GradientAverager::require_idle(std::string_view who) const {
  state_->require_idle(who);
}
std::uint64_t GradientAverager::step() const {
  return state_->step();
}
std::size_t GradientAverager::buckets() const {
  return state_->bucket_count();
}

StateDict GradientAverager::state_dict() const {
  StateDict state;
  state.set("step", static_cast<std::int64_t>(step()));
  return state;
}

void GradientAverager::load_state_dict(const StateDict& state) {
  constexpr std::string_view who = "DataParallel::load_state_dict";
  state.require(who, std::array{StateSpec{
                         .name = "step", .kind = StateKind::integer, .range = StateRange{}}});
  require_idle(who);
  state_->set_step(static_cast<std::uint64_t>(state.at<std::int64_t>("step")));
}

}  // namespace tutti::parallel
