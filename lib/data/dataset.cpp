#include "tutti/data/dataset.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace tutti::data {
namespace {

// The name of its class as users write it.
std::string name_of(const Dataset& dataset) {
  const char* mangled = typeid(dataset).name();
  int status = 0;
  std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  return name ? name.get() : mangled;
}

Shape shape_of(const Field& field, std::int64_t count) {
  Shape shape = field.shape;
  shape.insert(0, count);
  return shape;
}

}  // namespace

void Dataset::require_fields(const Batch& batch, std::int64_t count) const {
  auto wrong = [&](const std::string& field, const auto&... what) {
    raise(name_of(*this), "::batch: field ", field, ": ", what...,
          "; let batch() give what fields() say");
  };
  std::vector<Field> expected = fields();
  auto item = batch.begin();
  for (const Field& field : expected) {
    if (item == batch.end())
      wrong(field.name, "found no tensor, expected ", field.dtype, ' ', shape_of(field, count));
    const auto& [name, tensor] = *item++;
    if (name != field.name) wrong(field.name, "found tensor ", name, " in its place");
    if (!tensor) wrong(name, "found a tensor that holds nothing");
    if (tensor.dtype() != field.dtype || tensor.shape() != shape_of(field, count))
      wrong(name, "found ", tensor.dtype(), ' ', tensor.shape(), ", expected ", field.dtype, ' ',
            shape_of(field, count));
    if (!tensor.device().is_cpu())
      wrong(name, "found a tensor on ", tensor.device().id(), ", expected the CPU");
  }
  if (item != batch.end()) wrong(item->first, "found a tensor, expected none of this name");
}

Batch Dataset::empty_batch(std::span<const std::int64_t> indices) const {
  Batch batch;
  for (Field& field : fields())
    batch.add(field.name, Tensor(shape_of(field, static_cast<std::int64_t>(indices.size())),
                                 field.dtype, device_));
  return batch;
}

void Dataset::require_indices(std::span<const std::int64_t> indices) const {
  for (std::int64_t i : indices)
    if (i < 0 || i >= size())
      raise(name_of(*this), ": found index ", i, " in a data set of ", size(),
            " samples, expected 0 or more and less than that");
}

}  // namespace tutti::data
