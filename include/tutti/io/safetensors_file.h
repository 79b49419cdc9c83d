// A safetensors file, read by name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/tensor/state_dict.h"

namespace tutti::io {

/// What a file says of one tensor.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< as the format writes it: F64, F32, F16, BF16, I64, I32, U8, BOOL, ...
  Shape shape;
  std::uint64_t begin = 0, end = 0;  ///< its bytes in the file
};

/// An open file, whose header has been read and checked. A shared handle, cheap to copy; local, no
/// rank needs to know of it. Tensors are read when they are asked for, by mapping the file: what
/// nobody asks for costs nothing. The file must not be shortened while the handle or a tensor of it
/// lives (the system would end the program); writing it anew with save() is safe.
///
/// Refused, by an Error that names the file, and the tensor and the byte where there is one: a
/// header above 100 MB or longer than the file, that is not JSON of the format's form in UTF-8 or
/// names something twice; sizes that do not fit dtype and shape; bytes that belong to no tensor or
/// to two; a file that is cut or goes on.
/// Source: https://github.com/huggingface/safetensors, "Format".
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const;
  /// The tensors, in the order of the header.
  const std::vector<SafetensorsEntry>& entries() const;
  std::vector<std::string> names() const;
  bool contains(std::string_view name) const;
  /// Error where there is none.
  const SafetensorsEntry& at(std::string_view name) const;

  /// A tensor on the CPU. Its memory is the file's where that is aligned as the dtype needs, else a
  /// copy. What is written to it stays in this process: tensors of this name and handle may show
  /// it, the file does not. It outlives the handle. Error for a name that is not there and for a
  /// dtype that is none of Dtype.
  Tensor tensor(std::string_view name) const;

  /// The integers, numbers and texts of the StateDict that save() was given.
  const StateDict& values() const;
  /// All else that the header's __metadata__ holds.
  const std::map<std::string, std::string>& metadata() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace tutti::io
