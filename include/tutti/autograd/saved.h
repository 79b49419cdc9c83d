// A tensor that backward will read, with the proof that nobody wrote it since.
#pragma once

#include <any>
#include <functional>
#include <memory>
#include <string_view>

#include "tutti/tensor/tensor.h"

namespace tutti {

/// What becomes of saved tensors between forward and backward: activation checkpointing,
/// offloading, shards that are gathered again.
struct SavedTensorHooks {
  std::function<std::any(const Tensor&)> pack;    ///< called when a tensor is saved
  std::function<Tensor(const std::any&)> unpack;  ///< called when backward reads it
};

/// While it lives, what this thread's ops save passes through these hooks; the innermost counts.
class SavedTensorHooksScope {
 public:
  explicit SavedTensorHooksScope(SavedTensorHooks hooks);
  ~SavedTensorHooksScope();
  SavedTensorHooksScope(const SavedTensorHooksScope&) = delete;
  SavedTensorHooksScope& operator=(const SavedTensorHooksScope&) = delete;

 private:
  std::shared_ptr<const SavedTensorHooks> before_;
};

/// Holds a tensor or what its pack hook made of it.
class SavedTensor {
 public:
  SavedTensor() = default;
  explicit SavedTensor(const Tensor& value);

  /// The tensor. Error naming op, `what` and both versions where it was written since it was saved.
  Tensor load(std::string_view op, std::string_view what, std::size_t index) const;

 private:
  struct Packed;
  Tensor value_;
  std::uint64_t version_ = 0;
  std::shared_ptr<const Packed> packed_;
};

}  // namespace tutti
