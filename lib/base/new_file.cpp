#include "base/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tutti/base/error.h"

namespace tutti {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

NewFile::NewFile(std::filesystem::path path, std::string who)
    : path_(std::move(path)), who_(std::move(who)) {
  if (!path_.has_filename())
    raise(who_, ": found the path \"", path_.string(), "\", expected the name of a file");
  struct stat old {};
  const bool replaces = lstat(path_.c_str(), &old) == 0;
  if (replaces && !S_ISREG(old.st_mode) && !S_ISLNK(old.st_mode))
    raise(who_, ": found that ", path_.string(),
          " is a folder or a device, expected a file or nothing; choose another name");
  const std::string part = text(".tutti-", getpid(), '-');
  for (int i = 0; file_ < 0; ++i) {  // other machines have processes of this number, too
    part_ = folder_of(path_) / text(part, i, ".part");
    file_ = open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && (errno != EEXIST || i == 1000)) fail("create a file beside", errno);
  }
  if (replaces && S_ISREG(old.st_mode)) fchmod(file_, old.st_mode & 0777);
}

NewFile::~NewFile() {
  if (file_ >= 0) close(file_);
  if (!part_.empty()) unlink(part_.c_str());
}

void NewFile::write(const void* data, std::size_t bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;  // what one call takes on every system
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::write(file_, at, std::min(bytes, most));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail("write", done < 0 ? errno : ENOSPC);
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

void NewFile::publish() {
  if (fsync(file_) != 0) fail("flush", errno);
  if (close(std::exchange(file_, -1)) != 0) fail("write", errno);
  if (rename(part_.c_str(), path_.c_str()) != 0) fail("rename a file to", errno);
  part_.clear();
  const int folder = open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("flush the folder of", errno);
  // File systems that have no such thing say EINVAL.
  const int error = fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
  close(folder);
  if (error) fail("flush the folder of", error);
}

void NewFile::fail(const char* what, int error) const {
  raise(who_, ": cannot ", what, ' ', path_.string(), " (", std::strerror(error), ")");
}

}  // namespace tutti
