// An IDX file for whoever reads one.
#pragma once

#include <filesystem>
#include <string_view>

#include "tutti/tensor/tensor.h"

namespace tutti::data {

/// data::read_idx, on the CPU; its errors name `who`.
Tensor read_idx_file(const std::filesystem::path& path, std::string_view who);

}  // namespace tutti::data
