#include "tutti/autograd/saved.h"

namespace tutti {
namespace {

thread_local std::shared_ptr<const SavedTensorHooks> current;

}  // namespace

SavedTensorHooksScope::SavedTensorHooksScope(SavedTensorHooks hooks) : before_(current) {
  if (!hooks.pack || !hooks.unpack)
    raise("SavedTensorHooksScope: found an empty hook, expected pack and unpack");
  current = std::make_shared<const SavedTensorHooks>(std::move(hooks));
}
SavedTensorHooksScope::~SavedTensorHooksScope() {
  current = std::move(before_);
}

struct SavedTensor::Packed {
  std::shared_ptr<const SavedTensorHooks> hooks;
  std::any value;
};

SavedTensor::SavedTensor(const Tensor& value) {
  if (!value) return;
  if (current) {
    std::any packed = current->pack(value);
    packed_ = std::make_shared<const Packed>(Packed{current, std::move(packed)});
    return;
  }
  value_ = value;
  version_ = value.version();
}

Tensor SavedTensor::load(std::string_view op, std::string_view what, std::size_t index) const {
  if (packed_) return packed_->hooks->unpack(packed_->value);
  if (value_ && value_.version() != version_)
    raise("backward: ", op, " saved its ", what, " ", index, ", a tensor ", value_.shape(),
          ", at version ", version_, ", found version ", value_.version(),
          ": it was written in place between forward and backward, as by an optimizer's step; run "
          "forward again, or write to a clone()");
  return value_;
}

}  // namespace tutti
