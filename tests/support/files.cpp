#include "support/files.h"

#include <stdlib.h>
#include <zlib.h>

#include <fstream>
#include <iostream>

namespace tutti::test {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "tutti-test-XXXXXX").string();
  if (!mkdtemp(name.data())) raise("TemporaryDirectory: cannot make ", name);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out) raise("write: cannot write ", path.string());
}

Bytes gzip(const Bytes& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    raise("gzip: deflateInit2 failed");
  Bytes out(deflateBound(&stream, bytes.size()) + 32);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) raise("gzip: deflate failed");
  return out;
}

Bytes idx(const std::vector<std::uint32_t>& extents, const Bytes& elements) {
  Bytes out{0, 0, 8, static_cast<std::uint8_t>(extents.size())};
  for (std::uint32_t extent : extents)
    for (int shift = 24; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(extent >> shift));
  out.insert(out.end(), elements.begin(), elements.end());
  return out;
}

std::filesystem::path real_data(const std::string& name) {
  const char* given = getenv("TUTTI_TEST_DATA");
  std::filesystem::path source = __FILE__;
  std::filesystem::path root = source.parent_path() / "../../../shared/data";
  if (given) root = given;
  if (std::filesystem::exists(root / name)) return root / name;
  std::cout << "skipped: no real " << name << " data; TUTTI_TEST_DATA may name its directory\n";
  return {};
}

}  // namespace tutti::test
