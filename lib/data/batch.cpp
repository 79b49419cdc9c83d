#include "tutti/data/batch.h"

namespace tutti::data {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

}  // namespace

Batch::Batch(std::initializer_list<Item> items) {
  for (const auto& [name, tensor] : items) add(name, tensor);
}

void Batch::add(std::string name, Tensor tensor) {
  if (contains(name))
    raise("data::Batch: found two tensors named ", name, ", expected each name once");
  items_.emplace_back(std::move(name), std::move(tensor));
}

const Tensor& Batch::operator[](std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  raise("data::Batch: found no tensor named ", name, ", expected one of: ", listed(names()));
}

std::vector<std::string> Batch::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : items_) names.push_back(name);
  return names;
}

const Tensor* Batch::find(std::string_view name) const {
  for (const auto& [key, tensor] : items_)
    if (key == name) return &tensor;
  return nullptr;
}

void Batch::require_two() const {
  if (size() != 2)
    raise("data::Batch: found ", size(), " tensors (", listed(names()),
          ") to unpack, expected two; take them by name: batch[\"NAME\"]");
}

}  // namespace tutti::data
