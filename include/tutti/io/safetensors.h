// States in files that PyTorch and Hugging Face's tools read, too.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tutti/tensor/state_dict.h"

namespace tutti::io {

struct SaveOptions {
  /// Texts in UTF-8 that travel with the tensors. Keys that begin with "tutti." are taken.
  std::map<std::string, std::string> metadata{};
};

/// Writes a safetensors file of all of `state`: tensors of any dtype, shape and device under their
/// names, all else in the header's __metadata__, under a key that says of which kind it is:
///
///   tutti.integer.NAME   12                      decimal
///   tutti.number.NAME    0.1, inf, nan(7ff8...)  the shortest decimal that reads back as the same
///                                                bits; NaN with its 16 hexadecimal digits
///   tutti.text.NAME      the text                where it is UTF-8,
///   tutti.bytes.NAME     c3a9                    else in hexadecimal
///
/// Local and blocking: on a file system that ranks share, one rank calls it. The file is written
/// under another name in the same folder, flushed, and renamed; then the folder is flushed. Whoever
/// opens `path` meanwhile finds the old file, and so do all where an Error is thrown (unless only
/// the folder could not be flushed): no part of the new one stays behind. A file that is replaced
/// hands on its permissions; a link is replaced, not followed. The same state gives the same bytes.
/// Error naming the path and the system's reason, or the name that cannot be written: one that is
/// not UTF-8, or "__metadata__".
/// Source: https://github.com/huggingface/safetensors, "Format".
void save(const std::filesystem::path& path, const StateDict& state,
          const SaveOptions& options = {});

/// All of a file that save() or others wrote: the tensors, then the integers, numbers and texts,
/// each in the file's order; SafetensorsFile has its metadata. Tensors are on the CPU and share the
/// file's memory: see SafetensorsFile, which says what is refused. Local.
StateDict load(const std::filesystem::path& path);

}  // namespace tutti::io
