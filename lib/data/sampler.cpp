#include "tutti/data/sampler.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include "tutti/base/error.h"
#include "tutti/base/philox.h"

namespace tutti::data {
namespace {

constexpr const char* who = "data::DistributedSampler";

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

void require_shards(std::int64_t shards, std::int64_t ranks) {
  if (shards < 1) raise("shards: found ", shards, ", expected 1 or more");
  if (ranks == 1) return;
  if (shards % ranks == 0 && std::has_single_bit(static_cast<std::uint64_t>(shards / ranks)))
    return;
  std::int64_t fits = ranks;
  while (fits <= shards / 2) fits *= 2;
  raise("shards: found ", shards, " shards for ", ranks, " ranks, expected a multiple of ", ranks,
        " with a power of two per rank; choose --shards ", fits, ", ", fits * 2, " or ", fits * 4);
}

}  // namespace

DistributedSampler::DistributedSampler(std::int64_t size, const SamplerOptions& options, int rank,
                                       int ranks)
    : batch_(options.batch),
      shards_(options.shards == 0 ? ranks : options.shards),
      seed_(options.seed),
      shuffle_(options.shuffle) {
  if (size < 1) raise(who, ": found a data set of ", size, " samples, expected 1 or more");
  if (batch_ < 1) raise(who, ": found batch ", batch_, ", expected 1 or more samples per shard");
  if (rank < 0 || rank >= ranks)
    raise(who, ": found rank ", rank, " of ", ranks, ", expected 0 to ", ranks - 1,
          "; pass world.rank(), world.size()");
  require_shards(shards_, ranks);
  // A batch beyond this gives the same single step, and its products would overflow.
  batch_ = std::min(batch_, (size - 1) / shards_ + 1);
  shards_per_rank_ = shards_ / ranks;
  first_shard_ = rank * shards_per_rank_;
  order_.resize(static_cast<std::size_t>(size));
  set_epoch(0);
}

void DistributedSampler::set_epoch(std::int64_t epoch) {
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  if (!shuffle_) return;
  Draws draws(seed_, stream_of("data.sampler") + static_cast<std::uint64_t>(epoch));
  for (std::size_t left = order_.size(); left > 1; --left)
    std::swap(order_[left - 1], order_[draws.below(left)]);
}

std::int64_t DistributedSampler::steps() const {
  return (size() - 1) / (shards_ * batch_) + 1;
}

std::int64_t DistributedSampler::samples(std::int64_t step) const {
  if (step < 0 || step >= steps())
    raise(who, ": found step ", step, ", expected 0 to ", steps() - 1);
  return std::min(shards_ * batch_, size() - step * shards_ * batch_);
}

std::span<const std::int64_t> DistributedSampler::shard(std::int64_t step,
                                                        std::int64_t local_shard) const {
  std::int64_t count = samples(step);
  if (local_shard < 0 || local_shard >= shards_per_rank_)
    raise(who, ": found shard ", local_shard, " of this rank, expected 0 to ",
          shards_per_rank_ - 1);
  std::int64_t shard = first_shard_ + local_shard;
  std::int64_t even = count / shards_, longer = count % shards_;  // the first shards get one more
  std::int64_t begin = step * shards_ * batch_ + shard * even + std::min(shard, longer);
  return std::span(order_).subspan(static_cast<std::size_t>(begin),
                                   static_cast<std::size_t>(even + (shard < longer)));
}

}  // namespace tutti::data
