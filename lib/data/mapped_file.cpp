#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tutti/base/error.h"

namespace tutti::data {

MappedFile::MappedFile(const std::filesystem::path& path, std::string_view who) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  void* place = nullptr;
  bool good = file >= 0 && fstat(file, &status) == 0;
  if (good && !S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    good = false;
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (good && size > 0) {
    place = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    good = place != MAP_FAILED;
  }
  const int reason = errno;
  if (file >= 0) close(file);
  if (!good)
    raise(who, ": cannot read ", path.string(), " (", std::strerror(reason),
          "); check the file and its permissions");
  if (size > 0) bytes_ = {static_cast<const std::byte*>(place), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace tutti::data
