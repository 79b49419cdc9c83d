#include "tutti/data/loader.h"

#include <algorithm>
#include <utility>

namespace tutti::data {

Loader::Loader(const Dataset& dataset, DistributedSampler sampler, const LoaderOptions& options)
    : dataset_(dataset),
      sampler_(std::move(sampler)),
      loop_(sampler_),
      prefetch_(std::max(options.prefetch, options.threads)),
      threads_wanted_(options.threads) {
  if (options.prefetch < 1 || options.threads < 1)
    raise("data::Loader: found prefetch ", options.prefetch, " and ",
          counted(options.threads, "thread"), ", expected 1 or more of each");
  if (sampler_.size() != dataset_.size())
    raise("data::Loader: found a sampler for ", sampler_.size(), " samples and a data set of ",
          dataset_.size(), ", expected as many; make the sampler with the data set's size()");
}

Loader::Iterator Loader::begin() {
  stop();
  loop_ = sampler_.begin_loop();
  reserve();
  next_ = claimed_ = loop_.next_step();
  stopping_ = at_end_ = false;
  while (static_cast<std::int64_t>(threads_.size()) < threads_wanted_)
    threads_.emplace_back([this] { run(); });
  advance();
  return Iterator(this);
}

// How many steps are alive at once depends on timing. Holding the most once, and the last step's
// smaller batches too, leaves them in the data set's allocator, so that timing never allocates.
void Loader::reserve() const {
  std::vector<Tensor> held;
  std::vector<Field> fields = dataset_.fields();
  auto hold = [&](std::int64_t step) {
    for (std::int64_t shard = 0; shard < loop_.shards_per_rank(); ++shard) {
      for (const Field& field : fields) {
        if (varies(field)) continue;
        Shape shape = field.shape;
        shape.insert(0, static_cast<std::int64_t>(loop_.shard(step, shard).size()));
        held.emplace_back(shape, field.dtype, dataset_.device());
      }
    }
  };
  std::int64_t steps = std::min(prefetch_ + 1, loop_.steps() - next_);
  for (std::int64_t i = 0; i < steps; ++i) hold(next_ + i);
  hold(loop_.steps() - 1);
}

Batch Loader::batch(std::int64_t step, std::span<const std::int64_t> indices) const {
  try {
    return dataset_.batch_in_epoch(indices, loop_.epoch());
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    std::throw_with_nested(Error(text("data::Loader: in batch() of step ", step, ", epoch ",
                                      loop_.epoch(), ": found an exception: ", error.what())));
  }
}

Step Loader::fetch(std::int64_t index) const {
  Step step;
  step.index_ = index;
  step.samples_ = loop_.samples(index);
  for (std::int64_t shard = 0; shard < loop_.shards_per_rank(); ++shard) {
    auto indices = loop_.shard(index, shard);
    step.shards_.push_back(batch(index, indices));
    dataset_.require_fields(step.shards_.back(), static_cast<std::int64_t>(indices.size()));
  }
  return step;
}

void Loader::run() {
  while (true) {
    std::int64_t index = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || claimed_ < next_ + prefetch_; });
      if (stopping_ || claimed_ >= loop_.steps()) return;
      index = claimed_++;
    }
    Fetched fetched;
    try {
      fetched.step = fetch(index);
    } catch (...) {
      fetched.error = std::current_exception();
    }
    std::lock_guard lock(mutex_);
    if (fetched.error) claimed_ = loop_.steps();
    ready_.emplace(index, std::move(fetched));
    changed_.notify_all();
  }
}

void Loader::advance() {
  current_ = Step();  // its memory is free for the steps to come
  if (at_end_) return;
  if (next_ == loop_.steps()) {
    at_end_ = true;
    if (sampler_.epoch() == loop_.epoch()) sampler_.set_epoch(loop_.epoch() + 1);
    return;
  }
  Fetched fetched;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_.contains(next_); });
    fetched = std::move(ready_.extract(next_++).mapped());
  }
  changed_.notify_all();
  if (fetched.error) {
    at_end_ = true;
    std::rethrow_exception(std::move(fetched.error));
  }
  current_ = std::move(fetched.step);
  sampler_.reached(loop_.epoch(), next_);
}

void Loader::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  ready_.clear();
  current_ = Step();
}

}  // namespace tutti::data
