// Small data files to read, and to damage.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/errors.h"

namespace tutti::test {

using Bytes = std::vector<std::uint8_t>;

/// A directory of its own that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write(const std::filesystem::path& path, const Bytes& bytes);
Bytes gzip(const Bytes& bytes);

/// An IDX file of images (three extents) or labels (one).
Bytes idx(const std::vector<std::uint32_t>& extents, const Bytes& elements);

/// The directory of a real data set, or an empty path, said on the terminal, where there is none:
/// below $TUTTI_TEST_DATA, else ../shared/data beside the sources.
std::filesystem::path real_data(const std::string& name);

}  // namespace tutti::test
