#include "tutti/data/dataset.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace tutti::data {

bool varies(const Field& field) {
  return std::ranges::find(field.shape, -1) != field.shape.end();
}

namespace {

// The name of its class as users write it.
std::string name_of(const Dataset& dataset) {
  const char* mangled = typeid(dataset).name();
  int status = 0;
  std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  std::string written = name ? name.get() : mangled;
  constexpr std::string_view here = "tutti::";  // errors leave it out everywhere
  return written.starts_with(here) ? written.substr(here.size()) : written;
}

Shape shape_of(const Field& field, std::int64_t count) {
  Shape shape = field.shape;
  shape.insert(0, count);
  return shape;
}

// An expected extent of -1 is any.
bool fits(const Shape& shape, const Shape& expected) {
  return shape.rank() == expected.rank() && std::equal(shape.begin(), shape.end(), expected.begin(),
                                                       [](std::int64_t found, std::int64_t wanted) {
                                                         return wanted == -1 || found == wanted;
                                                       });
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
    if (tensor.dtype() != field.dtype || !fits(tensor.shape(), shape_of(field, count)))
      wrong(name, "found ", tensor.dtype(), ' ', tensor.shape(), ", expected ", field.dtype, ' ',
            shape_of(field, count));
    if (!tensor.device().is_cpu())
      wrong(name, "found a tensor on ", tensor.device().id(), ", expected the CPU");
  }
  if (item != batch.end()) wrong(item->first, "found a tensor, expected none of this name");
}

Batch Dataset::empty_batch(std::span<const std::int64_t> indices) const {
  Batch batch;
  for (Field& field : fields()) {
    if (varies(field))
      raise(name_of(*this), "::empty_batch: found ", field.shape, " as the shape of field ",
            field.name,
            ", expected none in which batches differ; make this field's tensor yourself");
    batch.add(field.name, Tensor(shape_of(field, static_cast<std::int64_t>(indices.size())),
                                 field.dtype, device_));
  }
  return batch;
}

void Dataset::require_indices(std::span<const std::int64_t> indices) const {
  for (std::int64_t i : indices)
    if (i < 0 || i >= size())
      raise(name_of(*this), ": found index ", i, " in a data set of ", size(),
            " samples, expected 0 or more and less than that");
}

}  // namespace tutti::data
