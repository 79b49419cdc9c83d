// The element types that tensors hold and ranks exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>
#include <type_traits>

#include "tutti/base/error.h"
#include "tutti/base/half.h"

namespace tutti {

/// f16 and bf16 are stored, moved and counted; what computes with them does so in f32 and rounds
/// once.
enum class Dtype : std::uint8_t { f32, f64, f16, bf16, i32, i64, u8 };

namespace detail {
// Of namespace scope, since a table within the function is written to the stack in each call.
inline constexpr std::uint8_t dtype_sizes[] = {4, 8, 2, 2, 4, 8, 1};
}  // namespace detail

constexpr std::size_t size_of(Dtype dtype) {
  return detail::dtype_sizes[static_cast<int>(dtype)];
}

constexpr std::string_view name(Dtype dtype) {
  constexpr std::string_view names[] = {"f32", "f64", "f16", "bf16", "i32", "i64", "u8"};
  return names[static_cast<int>(dtype)];
}

inline std::ostream& operator<<(std::ostream& out, Dtype dtype) {
  return out << name(dtype);
}

constexpr bool is_float(Dtype dtype) {
  return dtype <= Dtype::bf16;
}

/// In which `dtype` is computed and sums of it are held: f32 for 16-bit floats, else itself.
constexpr Dtype accumulator_of(Dtype dtype) {
  return dtype == Dtype::f16 || dtype == Dtype::bf16 ? Dtype::f32 : dtype;
}

/// The Dtype of the C++ type T.
template <class T>
consteval Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  if constexpr (std::is_same_v<T, double>) return Dtype::f64;
  if constexpr (std::is_same_v<T, f16>) return Dtype::f16;
  if constexpr (std::is_same_v<T, bf16>) return Dtype::bf16;
  if constexpr (std::is_same_v<T, std::int32_t>) return Dtype::i32;
  if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::i64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return Dtype::u8;
}

/// Calls f.template operator()<T>() with the C++ type of `dtype`.
template <class F>
decltype(auto) visit_dtype(Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::f32:
      return f.template operator()<float>();
    case Dtype::f64:
      return f.template operator()<double>();
    case Dtype::f16:
      return f.template operator()<f16>();
    case Dtype::bf16:
      return f.template operator()<bf16>();
    case Dtype::i32:
      return f.template operator()<std::int32_t>();
    case Dtype::i64:
      return f.template operator()<std::int64_t>();
    case Dtype::u8:
      return f.template operator()<std::uint8_t>();
  }
  raise("dtype: found number ", static_cast<int>(dtype), ", expected one of Dtype");
}

/// The same for the types that C++ computes with; Error naming `who` for f16 and bf16.
template <class F>
decltype(auto) visit_arithmetic(Dtype dtype, std::string_view who, F&& f) {
  switch (dtype) {
    case Dtype::f32:
      return f.template operator()<float>();
    case Dtype::f64:
      return f.template operator()<double>();
    case Dtype::i32:
      return f.template operator()<std::int32_t>();
    case Dtype::i64:
      return f.template operator()<std::int64_t>();
    case Dtype::u8:
      return f.template operator()<std::uint8_t>();
    default:
      raise(who, ": found dtype ", dtype, ", expected one of f32 f64 i32 i64 u8");
  }
}

/// The same for f32 and f64 alone.
template <class F>
decltype(auto) visit_float(Dtype dtype, std::string_view who, F&& f) {
  switch (dtype) {
    case Dtype::f32:
      return f.template operator()<float>();
    case Dtype::f64:
      return f.template operator()<double>();
    default:
      raise(who, ": found dtype ", dtype, ", expected f32 or f64; convert with to(Dtype)");
  }
}

/// The same for every float type, which the elements are stored in.
template <class F>
decltype(auto) visit_any_float(Dtype dtype, std::string_view who, F&& f) {
  switch (dtype) {
    case Dtype::f32:
      return f.template operator()<float>();
    case Dtype::f64:
      return f.template operator()<double>();
    case Dtype::f16:
      return f.template operator()<f16>();
    case Dtype::bf16:
      return f.template operator()<bf16>();
    default:
      raise(who, ": found dtype ", dtype,
            ", expected f32, f64, f16 or bf16; convert with to(Dtype)");
  }
}

}  // namespace tutti
