#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tutti/base/error.h"

namespace tutti {

MappedFile::MappedFile(const std::filesystem::path& path, std::string_view who) {
  // Without O_NONBLOCK a pipe would wait here for who writes to it.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    raise(who, ": cannot read ", path.string(), " (", std::strerror(errno),
          "); check the file and its permissions");
  struct stat about {};
  const bool regular = fstat(file, &about) == 0 && S_ISREG(about.st_mode);
  const auto size = static_cast<std::size_t>(about.st_size);
  void* memory = nullptr;
  int error = 0;
  if (regular && size > 0) {
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  close(file);
  if (!regular) raise(who, ": found that ", path.string(), " is no file, expected a regular one");
  if (error)
    raise(who, ": cannot map the ", size, " bytes of ", path.string(), " (", std::strerror(error),
          ")");
  if (memory) bytes_ = {static_cast<std::byte*>(memory), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

}  // namespace tutti
