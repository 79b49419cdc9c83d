// The format's names of dtypes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tutti/base/dtype.h"

namespace tutti::io {

/// As the format writes it.
constexpr std::string_view safetensors_name(Dtype dtype) {
  constexpr std::string_view names[] = {"F32", "F64", "F16", "BF16", "I32", "I64", "U8"};
  return names[static_cast<int>(dtype)];
}

/// None where it is none of Dtype.
constexpr std::optional<Dtype> dtype_from(std::string_view name) {
  for (Dtype dtype :
       {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i32, Dtype::i64, Dtype::u8})
    if (safetensors_name(dtype) == name) return dtype;
  return std::nullopt;
}

/// Of one element, also of a dtype that no Tensor has; 0 for one that the format does not know.
constexpr std::uint64_t bits_of(std::string_view name) {
  struct Row {
    std::string_view name;
    std::uint64_t bits;
  };
  constexpr Row rows[] = {{"F64", 64},    {"I64", 64},        {"U64", 64},        {"C64", 64},
                          {"F32", 32},    {"I32", 32},        {"U32", 32},        {"F16", 16},
                          {"BF16", 16},   {"I16", 16},        {"U16", 16},        {"U8", 8},
                          {"I8", 8},      {"BOOL", 8},        {"F8_E5M2", 8},     {"F8_E4M3", 8},
                          {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6},
                          {"F6_E3M2", 6}, {"F4", 4}};
  for (const Row& row : rows)
    if (row.name == name) return row.bits;
  return 0;
}

}  // namespace tutti::io
