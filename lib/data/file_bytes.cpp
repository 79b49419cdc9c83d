#include "file_bytes.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/new_file.h"
#include "tutti/base/error.h"

namespace tutti::data {

Bytes read_file(const std::filesystem::path& path, std::string_view who) {
  std::error_code error;
  auto size = std::filesystem::file_size(path, error);
  if (error) raise(who, ": cannot read ", path.string(), " (", error.message(), ")");
  Bytes bytes(size);
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in)
    raise(who, ": cannot read ", path.string(), ": found ", in.gcount(), " bytes, expected ", size,
          errno ? text(" (", std::strerror(errno), ")") : "",
          "; check the file and its permissions");
  return bytes;
}

void write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> parts,
                std::string_view who) {
  NewFile file(path, std::string(who));
  for (std::string_view part : parts) file.write(part.data(), part.size());
  file.publish();
}

}  // namespace tutti::data
