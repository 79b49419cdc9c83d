#include "tutti/ops/cast.h"

#include "autocast.h"

namespace tutti {
namespace {

bool is_float_value(const Tensor* tensor) {
  return *tensor && is_float(tensor->dtype());
}

}  // namespace

std::optional<Dtype>& detail::autocast() {
  thread_local std::optional<Dtype> dtype;
  return dtype;
}

std::optional<Dtype> autocast_dtype() {
  return detail::autocast();
}

Dtype detail::common_dtype(std::string_view who, std::initializer_list<const Tensor*> tensors) {
  Dtype common = (*tensors.begin())->dtype();
  for (const Tensor* tensor : tensors) {
    if (!is_float_value(tensor)) continue;
    if (!is_float(common)) common = tensor->dtype();
    if (accumulator_of(tensor->dtype()) != accumulator_of(common))
      raise(who, ": found dtypes ", common, " and ", tensor->dtype(),
            ", expected f64 for all or for none; convert with cast()");
    common = promoted(common, tensor->dtype());
  }
  return common;
}

Dtype detail::product_dtype(std::string_view who, std::initializer_list<const Tensor*> tensors) {
  const Dtype first = (*tensors.begin())->dtype();
  const std::optional<Dtype> wanted = autocast();
  for (const Tensor* tensor : tensors) {
    if (!is_float_value(tensor) || tensor->dtype() == first) continue;
    if (!wanted || accumulator_of(tensor->dtype()) != accumulator_of(first))
      raise(who, ": found dtypes ", first, " and ", tensor->dtype(),
            ", expected one; convert with cast()");
  }
  return wanted && accumulator_of(first) == Dtype::f32 ? *wanted : first;
}

}  // namespace tutti
