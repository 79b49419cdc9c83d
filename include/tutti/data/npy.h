// NumPy's arrays in files.
#pragma once

#include <filesystem>

#include "tutti/tensor/tensor.h"

namespace tutti::data {

/// The array of a .npy file, dense and in its shape, whether it was stored in C's or in Fortran's
/// order: f16, f32, f64, i32, i64, u8, and u8 for booleans, of at most eight axes. Reads format 1.0
/// to 3.0, little-endian. Believes no size before the file is known to have it. Error naming file
/// and byte for one that is cut, too long, damaged, or of another kind.
/// Source of the format: NumPy, numpy.lib.format; NEP 1.
Tensor load_npy(const std::filesystem::path& path, const Device& device = Device::cpu());

/// Writes what np.save would of the same array, over what was there. Waits for the tensor's device.
/// Error for bf16, which NumPy does not know, and naming a file that cannot be written.
void save_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace tutti::data
