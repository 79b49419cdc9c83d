// What a walk over the tape knows of each node and leaf that it reaches.
#pragma once

#include <bit>
#include <memory>
#include <vector>

#include "tutti/autograd/node.h"

namespace tutti {

/// A node or a leaf, the gradients that have arrived there, and how many are still to come.
template <class V>
struct Place {
  Node* node = nullptr;
  VariableState* leaf = nullptr;
  V gradient;             ///< of the leaf, or of output 0
  std::vector<V> others;  ///< of the outputs from 1 on
  std::size_t pending = 0;
};

/// Places by the address of their node or leaf, numbered in the order found. A hash table with open
/// addressing: after the first walk a thread's walks allocate nothing.
template <class V>
class Places {
 public:
  static constexpr std::size_t none = ~std::size_t{0};

  std::size_t size() const { return used_; }
  Place<V>& operator[](std::size_t number) { return places_[number]; }

  /// The number of the place with this key; `none` when there is none.
  std::size_t find(const void* key) const {
    if (table_.empty()) return none;
    return table_[slot_of(key)].number;
  }
  /// The number of the place with this key, a new one if need be.
  std::size_t insert(const void* key) {
    if (2 * (used_ + 1) > table_.size()) grow();
    Entry& entry = table_[slot_of(key)];
    if (entry.number != none) return entry.number;
    entry = {key, used_};
    if (used_ == places_.size()) places_.emplace_back();
    return used_++;
  }
  void clear() {
    for (std::size_t i = 0; i < used_; ++i) places_[i] = Place<V>();
    table_.assign(table_.size(), Entry{});
    used_ = 0;
  }

 private:
  struct Entry {
    const void* key = nullptr;
    std::size_t number = none;
  };

  std::size_t slot_of(const void* key) const {
    // Fibonacci hashing: addresses differ in the middle bits.
    auto hash = reinterpret_cast<std::uintptr_t>(key) * 0x9E3779B97F4A7C15u;
    std::size_t slot = hash >> (64 - std::bit_width(table_.size() - 1));
    while (table_[slot].number != none && table_[slot].key != key)
      slot = (slot + 1) & (table_.size() - 1);
    return slot;
  }
  void grow() {
    std::vector<Entry> before(std::max<std::size_t>(64, 2 * table_.size()));
    before.swap(table_);
    for (const Entry& entry : before)
      if (entry.number != none) table_[slot_of(entry.key)] = entry;
  }

  std::vector<Place<V>> places_;
  std::vector<Entry> table_;
  std::size_t used_ = 0;
};

}  // namespace tutti
