// A file as memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace tutti {

/// A regular file's bytes, read from disk when they are touched. What is written to them stays in
/// this process. The file must not become shorter while this lives: what is gone kills the process
/// (SIGBUS).
class MappedFile {
 public:
  /// Error naming `who`, the path and the system's reason.
  MappedFile(const std::filesystem::path& path, std::string_view who);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace tutti
