#include "tutti/ops/map.h"

#include "tutti/ops/update.h"

namespace tutti {
namespace {

void require_float(const Tensor& tensor, std::string_view who) {
  if (!tensor)
    raise(who,
          ": found an empty tensor, expected one with elements; was a module's initialise(seed) "
          "forgotten?");
  if (!is_float(tensor.dtype()))
    raise(who, ": found dtype ", tensor.dtype(),
          ", expected f32, f64, f16 or bf16; convert with cast(x, Dtype::f32)");
}

[[noreturn]] void raise_dtypes(const Tensor& a, const Tensor& b, std::string_view who,
                               const char* expected) {
  raise(who, ": found dtypes ", a.dtype(), " and ", b.dtype(), " for shapes ", a.shape(), " and ",
        b.shape(), ", expected ", expected, "; convert with cast(x, Dtype)");
}

}  // namespace

void require_alike(std::span<const Tensor> tensors, std::string_view who) {
  for (const Tensor& tensor : tensors) {
    require_float(tensor, who);
    if (tensor.dtype() != tensors[0].dtype()) raise_dtypes(tensors[0], tensor, who, "one");
    require_same_device(tensors[0], tensor, who);
  }
}

Tensor prepare_map(std::span<Tensor> inputs, std::string_view who) {
  require_alike(inputs, who);
  const Tensor first = inputs[0];
  Shape shape = first.shape();
  for (const Tensor& input : inputs.subspan(1)) shape = broadcast(shape, input.shape(), who);
  for (Tensor& input : inputs) input = readable_in_order(input.expand(shape));
  return Tensor(shape, first.dtype(), first.device());
}

void require_updatable(std::span<const Tensor> tensors) {
  for (const Tensor& tensor : tensors) {
    require_float(tensor, "update");
    if (accumulator_of(tensor.dtype()) != accumulator_of(tensors[0].dtype()))
      raise_dtypes(tensors[0], tensor, "update", "f64 for all or for none");
    require_same_device(tensors[0], tensor, "update");
    if (tensor.shape() != tensors[0].shape() || !tensor.is_dense())
      raise("update: found shapes ", tensors[0].shape(), " and ", tensor.shape(), " with strides ",
            tensor.strides(), ", expected dense tensors of one shape");
  }
}

}  // namespace tutti
