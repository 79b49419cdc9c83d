// What a loop trains on at once: named tensors.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti::data {

/// Tensors of any shape and dtype, in an order, each name once; their first extent is the number of
/// samples, which may be 0. A batch of two can be unpacked, in that order:
///
///   Batch batch{{"images", x}, {"labels", y}};
///   auto [images, labels] = batch;   // the same tensors as batch["images"], batch["labels"]
class Batch {
 public:
  using Item = std::pair<std::string, Tensor>;

  Batch() = default;
  /// Error where a name comes twice.
  Batch(std::initializer_list<Item> items);

  /// Adds a tensor at the end. Error where the name is taken.
  void add(std::string name, Tensor tensor);
  /// The tensor of this name. Error naming those that are there where it is not.
  const Tensor& operator[](std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  std::vector<std::string> names() const;

  /// How many tensors there are.
  std::size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

  /// Tensor I of a batch of two, for `auto [x, y] = batch`. Error where there are not two.
  template <std::size_t I>
  Tensor get() const {
    require_two();
    return items_[I].second;
  }

 private:
  const Tensor* find(std::string_view name) const;
  void require_two() const;

  std::vector<Item> items_;
};

}  // namespace tutti::data

template <>
struct std::tuple_size<tutti::data::Batch> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, tutti::data::Batch> {
  using type = tutti::Tensor;
};
