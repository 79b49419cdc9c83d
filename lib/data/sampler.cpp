#include "tutti/data/sampler.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include "tutti/base/error.h"
#include "tutti/base/philox.h"
#include "tutti/comm/all_gather.h"

namespace tutti::data {
namespace {

constexpr const char* who = "data::DistributedSampler";
constexpr std::size_t steps_together = 64;  // that are sorted by length

// Numbers from one Philox stream, one after the other.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t stream) : philox_(seed), stream_(stream) {}

  // Uniform in [0, bound): rejecting what is too large keeps it free of bias.
  std::uint64_t below(std::uint64_t bound) {
    std::uint64_t mask = std::bit_ceil(bound) - 1;
    while (true)
      if (std::uint64_t value = next() & mask; value < bound) return value;
  }

 private:
  std::uint64_t next() {
    if (std::exchange(half_left_, !half_left_)) return std::uint64_t{words_[2]} << 32 | words_[3];
    words_ = philox_.at(stream_, offset_++);
    return std::uint64_t{words_[0]} << 32 | words_[1];
  }

  Philox philox_;
  std::uint64_t stream_;
  std::uint64_t offset_ = 0;
  Philox::Words words_{};
  bool half_left_ = false;
};

// Source: Durstenfeld.
void shuffle(std::span<std::int64_t> order, Draws& draws) {
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[draws.below(left)]);
}

void sort_by(std::span<const std::int64_t> lengths, std::span<std::int64_t> order) {
  std::ranges::stable_sort(order, {},
                           [&](std::int64_t i) { return lengths[static_cast<std::size_t>(i)]; });
}

// Sorts stretches of a random order, and shuffles the whole steps, which have `samples` each. With
// drop_last, what fills no step is set aside before: the longest would be left out in every epoch.
void gather_lengths(std::span<const std::int64_t> lengths, std::size_t samples, bool drop_last,
                    std::span<std::int64_t> order, Draws& draws) {
  if (drop_last) order = order.first(order.size() / samples * samples);
  const std::size_t whole = order.size() / samples, stretch = steps_together * samples;
  for (std::size_t at = 0; at < order.size(); at += stretch)
    sort_by(lengths, order.subspan(at, std::min(stretch, order.size() - at)));
  std::vector<std::int64_t> steps(whole), sorted(order.begin(), order.end());
  std::iota(steps.begin(), steps.end(), std::int64_t{0});
  shuffle(steps, draws);
  auto to = order.begin();
  for (std::int64_t step : steps)
    to = std::copy_n(sorted.begin() + step * static_cast<std::int64_t>(samples), samples, to);
}

// A number that tells these lengths from others: 0 means none.
std::int64_t mark_of(const std::vector<std::int64_t>& lengths) {
  const auto* bytes = reinterpret_cast<const char*>(lengths.data());
  const std::uint64_t mark = stream_of({bytes, lengths.size() * sizeof lengths[0]});
  return std::bit_cast<std::int64_t>(mark | 1);
}

void require_shards(std::int64_t shards, std::int64_t ranks, Placement placement) {
  if (shards < 1 || shards % ranks != 0)
    raise(who, ": found ", counted(shards, "shard"), " for ", counted(ranks, "rank"),
          ", expected a multiple of ", ranks, ", 1 or more");
  if (placement == Placement::strided && !std::has_single_bit(static_cast<std::uint64_t>(ranks)))
    raise(who, ": found ", ranks, " ranks, expected a power of two for strided placement; take ",
          "Placement::consecutive or another number of ranks");
}

}  // namespace

DistributedSampler::DistributedSampler(std::int64_t size, const SamplerOptions& options, int rank,
                                       int ranks) {
  if (size < 1) raise(who, ": found a data set of ", size, " samples, expected 1 or more");
  if (options.batch < 1)
    raise(who, ": found batch ", options.batch, ", expected 1 or more samples per shard");
  if (rank < 0 || rank >= ranks)
    raise(who, ": found rank ", rank, " of ", ranks, ", expected 0 to ", ranks - 1,
          "; pass world.rank(), world.size()");
  if (!options.lengths.empty() && static_cast<std::int64_t>(options.lengths.size()) != size)
    raise(who, ": found ", options.lengths.size(), " lengths for ", size, " samples, expected one ",
          "for each, or none");
  std::int64_t shards = options.shards == 0 ? ranks : options.shards;
  require_shards(shards, ranks, options.placement);
  bool strided = options.placement == Placement::strided;
  std::int64_t each = shards / ranks;
  state_ = std::make_shared<State>(State{
      // A batch beyond this gives the same single step, and its products would overflow.
      .batch = std::min(options.batch, (size - 1) / shards + 1),
      .shards = shards,
      .shards_per_rank = each,
      .first_shard = strided ? rank : rank * each,
      .shard_step = strided ? ranks : 1,
      .seed = options.seed,
      .shuffle = options.shuffle,
      .drop_last = options.drop_last});
  if (options.drop_last && size / shards < options.batch)
    raise(who, ": found a data set of ", counted(size, "sample"), ", expected at least ",
          state_->shards, " x ", options.batch, ", a whole step, with drop_last");
  if (!options.lengths.empty()) {
    state_->lengths = std::make_shared<const std::vector<std::int64_t>>(options.lengths);
    state_->lengths_mark = mark_of(options.lengths);
  }
  draw(0, size);
}

DistributedSampler::DistributedSampler(std::int64_t size, const SamplerOptions& options,
                                       const Communicator& communicator, std::source_location site)
    : DistributedSampler(size, options, communicator.rank(), communicator.size()) {
  state_->communicator = communicator;
  state_->site = site;
  require_agreement();
}

void DistributedSampler::require_agreement() const {
  constexpr const char* names[] = {"size",     "shards",  "batch",
                                   "seed",     "shuffle", "shards apart by",
                                   "epoch",    "step",    "lengths with the mark",
                                   "drop_last"};
  const State& state = *state_;
  if (!state.communicator || state.communicator->size() == 1) return;
  Communicator communicator = *state.communicator;
  const std::int64_t mine[] = {size(),
                               state.shards,
                               state.batch,
                               std::bit_cast<std::int64_t>(state.seed),
                               state.shuffle,
                               state.shard_step,
                               state.epoch,
                               state.first_step,
                               state.lengths_mark,
                               state.drop_last};
  const auto ranks = static_cast<std::size_t>(communicator.size());
  std::vector<std::int64_t> all(std::size(mine) * ranks);
  all_gather(communicator, block_of(mine, std::size(mine)), block_of(all.data(), all.size()),
             {.label = "DistributedSampler"}, state.site);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t field = i % std::size(mine);
    if (all[i] == all[field]) continue;
    const auto shown = [&](std::int64_t value) {  // a seed has no sign
      return field == 3 ? text(std::bit_cast<std::uint64_t>(value)) : text(value);
    };
    raise(who, ": rank ", i / std::size(mine), " has ", names[field], ' ', shown(all[i]),
          ", rank 0 has ", shown(all[field]),
          "; expected the same on all ranks, or samples come twice or never");
  }
}

void DistributedSampler::draw(std::int64_t epoch, std::int64_t size) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Draws draws(state_->seed, stream_of("data.sampler") + static_cast<std::uint64_t>(epoch));
  if (state_->shuffle) shuffle(order, draws);
  if (state_->lengths && !state_->shuffle) sort_by(*state_->lengths, order);
  if (state_->lengths && state_->shuffle)
    gather_lengths(*state_->lengths, static_cast<std::size_t>(state_->shards * state_->batch),
                   state_->drop_last, order, draws);
  state_->order = std::make_shared<const std::vector<std::int64_t>>(std::move(order));
  state_->epoch = epoch;
  state_->next_step = state_->first_step = 0;
}

void DistributedSampler::set_epoch(std::int64_t epoch) {
  if (epoch < 0) raise(who, ": found epoch ", epoch, ", expected 0 or more");
  if (epoch != state_->epoch) draw(epoch, size());
}

std::int64_t DistributedSampler::steps() const {
  const std::int64_t each = state_->shards * state_->batch;
  return state_->drop_last ? size() / each : (size() - 1) / each + 1;
}

std::int64_t DistributedSampler::samples(std::int64_t step) const {
  if (step < 0 || step >= steps())
    raise(who, ": found step ", step, ", expected 0 to ", steps() - 1);
  std::int64_t most = state_->shards * state_->batch;
  return std::min(most, size() - step * most);
}

std::span<const std::int64_t> DistributedSampler::shard(std::int64_t step,
                                                        std::int64_t local_shard) const {
  std::int64_t count = samples(step), shards = state_->shards;
  if (local_shard < 0 || local_shard >= shards_per_rank())
    raise(who, ": found shard ", local_shard, " of this rank, expected 0 to ",
          shards_per_rank() - 1);
  std::int64_t shard = global_shard(local_shard);
  std::int64_t even = count / shards, longer = count % shards;  // the first shards get one more
  std::int64_t begin = step * shards * state_->batch + shard * even + std::min(shard, longer);
  return std::span(*state_->order)
      .subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(even + (shard < longer)));
}

StateDict DistributedSampler::state_dict() const {
  StateDict state;
  state.set("size", size());
  state.set("batch", state_->batch);
  state.set("shards", state_->shards);
  state.set("seed", std::bit_cast<std::int64_t>(state_->seed));
  state.set("shuffle", std::int64_t{state_->shuffle});
  state.set("drop_last", std::int64_t{state_->drop_last});
  state.set("lengths", state_->lengths_mark);
  state.set("epoch", state_->epoch);
  state.set("step", state_->next_step);
  return state;
}

void DistributedSampler::load_state_dict(const StateDict& state) {
  std::vector<StateSpec> specs;
  for (auto& [name, value] : state_dict()) {
    specs.push_back({.name = name, .kind = StateKind::integer});
    if (name != "epoch" && name != "step") specs.back().value = std::get<std::int64_t>(value);
  }
  state.require(who, specs);
  std::int64_t epoch = state.at<std::int64_t>("epoch"), step = state.at<std::int64_t>("step");
  if (epoch < 0 || step < 0 || step > steps())
    raise(who, ": the state does not fit: found epoch ", epoch, ", step ", step,
          ", expected epoch 0 or more, step 0 to ", steps());
  bool over = step == steps();
  set_epoch(epoch + over);
  state_->next_step = state_->first_step = over ? 0 : step;
}

DistributedSampler DistributedSampler::begin_loop() {
  require_agreement();
  state_->next_step = state_->first_step;
  DistributedSampler loop = *this;
  loop.state_ = std::make_shared<State>(*state_);
  state_->first_step = 0;
  return loop;
}

void DistributedSampler::reached(std::int64_t epoch, std::int64_t step) {
  if (epoch == state_->epoch) state_->next_step = step;  // else it was sent elsewhere since
}

}  // namespace tutti::data
