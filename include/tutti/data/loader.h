// Fetches the next steps while the current one is computed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "tutti/data/dataset.h"
#include "tutti/data/sampler.h"

namespace tutti::data {

struct LoaderOptions {
  std::int64_t prefetch = 2;  ///< steps fetched ahead; at least 1, and one a thread
  std::int64_t threads = 1;   ///< that fetch, a step each; at least 1
};

/// This rank's shards of one global batch.
class Step {
 public:
  std::int64_t index() const { return index_; }
  /// The samples in all shards of all ranks.
  std::int64_t samples() const { return samples_; }
  /// This rank's shards.
  std::int64_t size() const { return static_cast<std::int64_t>(shards_.size()); }
  const Batch* begin() const { return shards_.data(); }
  const Batch* end() const { return shards_.data() + shards_.size(); }

 private:
  friend class Loader;
  std::int64_t index_ = 0;
  std::int64_t samples_ = 0;
  std::vector<Batch> shards_;
};

/// One epoch in order: `for (auto& step : Loader(dataset, sampler))`, again and again; one loop at
/// a time. A loop begins at the sampler's cursor and moves it: after the last step the sampler is
/// in the next epoch, and where a loop was left, the next one begins the same epoch anew. Threads
/// fetch up to `prefetch` steps ahead; what a step holds does not depend on their number. What the
/// data set throws there is rethrown in the loop at the step that failed, another std::exception as
/// an Error that names step and epoch and nests it; so is an Error for a batch that is not what the
/// data set's fields() say. A Step is valid until the loop goes on; its tensors are kept by whoever
/// copies them, and otherwise their memory is reused: all that a loop needs is asked for before its
/// first step. The data set must outlive the loader. Error where the sampler was made for another
/// size. The destructor waits for the steps that are being fetched.
class Loader {
 public:
  class Iterator;

  Loader(const Dataset& dataset, DistributedSampler sampler, const LoaderOptions& options = {});
  Loader(const Dataset&& dataset, DistributedSampler sampler,
         const LoaderOptions& options = {}) = delete;  // it would be gone
  ~Loader() { stop(); }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Waits for the first step.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

  /// The sampler's: it says where the running loop stands, whatever was fetched ahead.
  StateDict state_dict() const { return sampler_.state_dict(); }
  /// Takes effect when the next loop begins. Errors are those of the sampler.
  void load_state_dict(const StateDict& state) { sampler_.load_state_dict(state); }

 private:
  struct Fetched {
    Step step;
    std::exception_ptr error;
  };

  Step fetch(std::int64_t index) const;
  Batch batch(std::int64_t step, std::span<const std::int64_t> indices) const;
  void run();
  void advance();
  void stop();
  void reserve() const;

  const Dataset& dataset_;
  DistributedSampler sampler_;
  DistributedSampler loop_;  // as the sampler was when the running loop began
  std::int64_t prefetch_;
  std::int64_t threads_wanted_;

  Step current_;
  bool at_end_ = true;

  std::vector<std::thread> threads_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::int64_t next_ = 0;     // the step that advance() makes the current one
  std::int64_t claimed_ = 0;  // the step that the next free thread fetches
  std::map<std::int64_t, Fetched> ready_;
  bool stopping_ = false;
};

class Loader::Iterator {
 public:
  using value_type = Step;
  using difference_type = std::ptrdiff_t;

  Step& operator*() const { return loader_->current_; }
  Step* operator->() const { return &loader_->current_; }
  Iterator& operator++() {
    loader_->advance();
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return loader_->at_end_; }

 private:
  friend class Loader;
  explicit Iterator(Loader* loader) : loader_(loader) {}
  Loader* loader_;
};

}  // namespace tutti::data
