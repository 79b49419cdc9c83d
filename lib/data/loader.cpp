#include "tutti/data/loader.h"

#include <algorithm>
#include <utility>

namespace tutti::data {

Loader::Loader(const Dataset& dataset, DistributedSampler sampler, const LoaderOptions& options)
    : dataset_(dataset),
      sampler_(std::move(sampler)),
      loop_(sampler_),
      prefetch_(options.prefetch) {
  if (prefetch_ < 1)
    raise("data::Loader: found prefetch ", prefetch_, ", expected 1 or more steps");
  if (sampler_.size() != dataset_.size())
    raise("data::Loader: found a sampler for ", sampler_.size(), " samples and a data set of ",
          dataset_.size(), ", expected as many; make the sampler with the data set's size()");
}

Loader::Iterator Loader::begin() {
  stop();
  loop_ = sampler_.begin_loop();
  reserve();
  next_ = loop_.next_step();
  stopping_ = at_end_ = false;
  thread_ = std::thread([this] { run(); });
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

Step Loader::fetch(std::int64_t index) const {
  Step step;
  step.index_ = index;
  step.samples_ = loop_.samples(index);
  for (std::int64_t shard = 0; shard < loop_.shards_per_rank(); ++shard) {
    auto indices = loop_.shard(index, shard);
    step.shards_.push_back(dataset_.batch_in_epoch(indices, loop_.epoch()));
    dataset_.require_fields(step.shards_.back(), static_cast<std::int64_t>(indices.size()));
  }
  return step;
}

void Loader::run() {
  for (std::int64_t index = loop_.next_step(); index < loop_.steps(); ++index) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] {
        return stopping_ || static_cast<std::int64_t>(ready_.size()) < prefetch_;
      });
      if (stopping_) return;
    }
    Fetched fetched;
    try {
      fetched.step = fetch(index);
    } catch (...) {
      fetched.error = std::current_exception();
    }
    bool failed = fetched.error != nullptr;
    std::lock_guard lock(mutex_);
    ready_.push_back(std::move(fetched));
    changed_.notify_all();
    if (failed) return;
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
    changed_.wait(lock, [this] { return !ready_.empty(); });
    fetched = std::move(ready_.front());
    ready_.pop_front();
  }
  changed_.notify_all();
  if (fetched.error) {
    at_end_ = true;
    std::rethrow_exception(std::move(fetched.error));
  }
  current_ = std::move(fetched.step);
  sampler_.reached(loop_.epoch(), ++next_);
}

void Loader::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  ready_.clear();
  current_ = Step();
}

}  // namespace tutti::data
