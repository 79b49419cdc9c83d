// A file's bytes as memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace tutti::data {

/// All of a file, read from the disk where it is looked at. The file must not become shorter while
/// this lives: what is gone kills the process (SIGBUS).
class MappedFile {
 public:
  /// Error naming `who` and the file where it cannot be opened.
  MappedFile(const std::filesystem::path& path, std::string_view who);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }  ///< begin on a page

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace tutti::data
