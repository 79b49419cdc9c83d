// What a .npy file says of its array.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tutti/base/dtype.h"
#include "tutti/base/shape.h"

namespace tutti::data {

struct NpyHeader {
  Dtype dtype = Dtype::f32;
  bool boolean = false;  ///< of u8: bytes that are 0 or 1
  bool fortran_order = false;
  Shape shape{};
};

/// Parses the dictionary, which begins at byte `offset` of the file that `who` names. Error with
/// the byte for what is not exactly descr, fortran_order and shape, of kinds that tensors have.
NpyHeader parse_npy_header(std::string_view dictionary, std::size_t offset, std::string_view who);

/// All before the elements, from the magic string on, as NumPy writes it. Error naming `who` for
/// bf16.
std::string npy_preamble(Dtype dtype, const Shape& shape, std::string_view who);

}  // namespace tutti::data
