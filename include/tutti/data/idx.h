// Arrays in IDX files, the form in which MNIST comes.
#pragma once

#include <filesystem>

#include "tutti/tensor/tensor.h"

namespace tutti::data {

/// The array of an IDX file, as it is or packed by gzip, in its shape of at most eight axes: u8,
/// i32, f32 or f64; bytes with a sign and 16-bit integers become i32. Numbers are big-endian.
/// Believes no size before the file is known to have it. Error naming file and offset (of what was
/// unpacked, where it was) for one that is cut, too long, damaged, or of another kind.
/// Source of the format: LeCun, Cortes, Burges: "The MNIST database of handwritten digits".
Tensor read_idx(const std::filesystem::path& path, const Device& device = Device::cpu());

}  // namespace tutti::data
