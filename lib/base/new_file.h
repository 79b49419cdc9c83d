// A file that comes into being at once, whole and on disk, or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace tutti {

/// Takes bytes under another name in the folder of `path`, whose file is replaced by publish().
/// Errors name the path and the system's reason; what was not published goes with the object.
class NewFile {
 public:
  NewFile(std::filesystem::path path, std::string who);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(const void* data, std::size_t bytes);
  /// Flushes the file, gives it its name, and flushes the folder.
  void publish();

 private:
  [[noreturn]] void fail(const char* what, int error) const;

  std::filesystem::path path_, part_;
  std::string who_;
  int file_ = -1;
};

}  // namespace tutti
