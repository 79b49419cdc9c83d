// Named values: the state of what changes while training.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti {

/// What a state's entry may hold. In the order of StateDict::Value.
enum class StateKind : std::uint8_t { tensor, integer, number, text };

/// Where a number must lie, both ends counted; NaN lies nowhere.
struct StateRange {
  double least = 0;
  double most = std::numeric_limits<double>::max();
};

/// What one entry must be, for StateDict::require.
struct StateSpec {
  std::string name;
  StateKind kind = StateKind::tensor;
  Shape shape{};             ///< of a tensor
  Dtype dtype = Dtype::f32;  ///< of a tensor
  /// Where given: exactly this, and of this kind. The way to say that a state belongs to something
  /// made otherwise (another seed, another batch).
  std::optional<std::variant<std::int64_t, double, std::string>> value{};
  std::optional<StateRange> range{};  ///< of an integer or a number, where any is not welcome
};

/// A list of (name, value) in the order of insertion, each name once. Tensors are handles: a state
/// shares memory with what it came from until that is cloned. Names are paths, joined by dots:
///
///   StateDict state;
///   state.set("step", 12);
///   state.insert("optimizer.", optimizer.state_dict());
///
/// An unsigned 64-bit number (a seed) is kept as the std::int64_t of the same bits.
class StateDict {
 public:
  using Value = std::variant<Tensor, std::int64_t, double, std::string>;
  using Entry = std::pair<std::string, Value>;

  /// Adds an entry at the end, or changes the one of this name. Error for a tensor that holds
  /// nothing and for an empty name.
  void set(std::string name, Value value);
  /// Adds all of `nested`, each under prefix + name. Error where a name is taken; nothing is added
  /// then.
  void insert(std::string_view prefix, const StateDict& nested);

  bool contains(std::string_view name) const { return index_.contains(name); }
  /// Error where there is none.
  const Value& at(std::string_view name) const;
  /// T is one of Value's. Error where there is none, or one of another kind.
  template <class T>
  const T& at(std::string_view name) const {
    const Value& value = at(name);
    if (const T* found = std::get_if<T>(&value)) return *found;
    raise_kind(name, value, static_cast<StateKind>(Value(T()).index()));
  }
  /// The entries whose names begin with `prefix`, named without it.
  StateDict sub(std::string_view prefix) const;

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  /// Error naming `who` unless the entries are those of `expected`, in any order: one message with
  /// all that are missing, surplus, or other than expected. Call it before changing anything: a
  /// state that does not fit then leaves no trace.
  void require(std::string_view who, std::span<const StateSpec> expected) const;

 private:
  [[noreturn]] static void raise_kind(std::string_view name, const Value& found,
                                      StateKind expected);

  std::vector<Entry> entries_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace tutti
