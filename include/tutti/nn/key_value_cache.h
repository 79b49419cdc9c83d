// What attention remembers of a sequence that comes in parts.
#pragma once

#include <memory>
#include <utility>

#include "tutti/tensor/tensor.h"

namespace tutti::nn {

/// The keys and values of the places that attention layers have read, in memory that is taken once:
///   NoGrad no_grad;
///   nn::KeyValueCache cache = gpt.make_cache();
///   gpt(prompt, cache);              // all places of the prompt
///   gpt(next_token, cache);          // one more, which sees them
/// A handle: copies are the same cache. It belongs to one batch of sequences at a time, and is a
/// constant: an Error meets who uses it while gradients are recorded.
class KeyValueCache {
 public:
  /// Room for `capacity` places in each of `layers` layers, 1 or more of both.
  explicit KeyValueCache(std::int64_t capacity, std::int64_t layers = 1);

  std::int64_t capacity() const;
  std::int64_t layers() const;
  /// How many places the layer has read.
  std::int64_t length(std::int64_t layer = 0) const;
  /// Forgets all places; the memory stays.
  void clear() const;

  /// Adds k [..., t, d] and v [..., t, e] behind the layer's places and gives all of its keys and
  /// values, [..., length, d] and [..., length, e]: views that hold until the next clear(). Error
  /// where they exceed the capacity or do not fit those before; nothing has changed then.
  std::pair<Tensor, Tensor> append(std::int64_t layer, const Tensor& k, const Tensor& v) const;

 private:
  struct Layer;
  struct State;
  Layer& at(std::int64_t layer) const;

  std::shared_ptr<State> state_;
};

}  // namespace tutti::nn
