#include "tutti/data/idx.h"

#include <limits>

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::read_idx;

namespace {

// A file of these elements, which are there byte for byte.
Bytes file_of(std::uint8_t kind, const std::vector<std::uint32_t>& extents, const Bytes& elements) {
  Bytes bytes = idx(extents, elements);
  bytes[2] = kind;
  return bytes;
}

struct File {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "array.idx";

  Tensor read(const Bytes& bytes) const {
    write(path, bytes);
    return read_idx(path);
  }
  std::string error(const Bytes& bytes) const {
    std::string found = error_of([&] { read(bytes); });
    CHECK(found.starts_with("data::read_idx: " + path.string() + ": "));
    return found;
  }
};

template <class T>
void check(const Tensor& found, const Shape& shape, const std::vector<T>& values) {
  CHECK(found.shape() == shape);
  CHECK(found.is_dense());
  CHECK(found.to_vector<T>() == values);
}

}  // namespace

// The numbers' bytes are those of IEEE 754 and of two's complement, the highest first.
TEST_CASE("IDX files of each kind are read, packed or not", "[data]") {
  using Whole = std::vector<std::int32_t>;
  const File file;
  for (auto pack : {+[](const Bytes& bytes) { return bytes; },
                    +[](const Bytes& bytes) { return gzip(bytes); }}) {
    check(file.read(pack(file_of(0x08, {2, 3}, {0, 1, 127, 128, 254, 255}))), {2, 3},
          std::vector<std::uint8_t>{0, 1, 127, 128, 254, 255});
    check(file.read(pack(file_of(0x09, {3}, {0x80, 0xff, 0x7f}))), {3}, Whole{-128, -1, 127});
    check(file.read(pack(file_of(0x0b, {1, 3}, {0x80, 0, 0xff, 0xfe, 0x12, 0x34}))), {1, 3},
          Whole{-32768, -2, 0x1234});
    check(file.read(pack(file_of(0x0c, {2}, {0x80, 0, 0, 0, 0x12, 0x34, 0x56, 0x78}))), {2},
          Whole{std::numeric_limits<std::int32_t>::min(), 0x12345678});
    check(file.read(pack(file_of(0x0d, {2, 1}, {0x3f, 0xc0, 0, 0, 0xc0, 0x10, 0, 0}))), {2, 1},
          std::vector<float>{1.5f, -2.25f});
    check(file.read(pack(file_of(0x0e, {1}, {0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a}))),
          {1}, std::vector<double>{0.1});
  }
}

TEST_CASE("an IDX file may have no axis, eight, or no elements", "[data]") {
  const File file;
  check(file.read(idx({}, {7})), {}, std::vector<std::uint8_t>{7});
  check(file.read(idx({1, 1, 2, 1, 1, 1, 1, 1}, {7, 8})), {1, 1, 2, 1, 1, 1, 1, 1},
        std::vector<std::uint8_t>{7, 8});
  check(file.read(file_of(0x0e, {2, 0, 3}, {})), {2, 0, 3}, std::vector<double>{});
}

TEST_CASE("a damaged IDX file is named with the offset", "[data]") {
  const File file;
  const Bytes whole = file_of(0x0b, {2, 2}, {0, 1, 0, 2, 0, 3, 0, 4});
  for (const Bytes& bytes : {whole, gzip(whole)})
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const std::string error =
          file.error(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(length)));
      INFO(error);
      CHECK(contains(error, "truncated"));
      CHECK(contains(error, text("offset ", length, ": found ", length, " bytes, expected ")));
    }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(contains(file.error(longer), "found 1 trailing bytes at offset 20, expected the file to "));
  for (std::uint8_t kind : {0x00, 0x0a, 0x0f, 0xff})
    CHECK(contains(file.error(file_of(kind, {1}, {0})), "at offset 2, expected 0x8 (u8), 0x9"));
  Bytes other = whole;
  other[1] = 0x50;
  CHECK(contains(file.error(other), "found bytes 0 and 0x50 at offset 0, expected two zeros"));
  CHECK(contains(file.error(idx({1, 1, 1, 1, 1, 1, 1, 1, 1}, {0})),
                 "found 9 axes at offset 3, expected at most 8"));
  // Sizes whose product is more than 64 bits hold, also where another one is 0.
  const std::uint32_t most = 0xffffffff;
  for (std::uint32_t last : {most, 0u})
    CHECK(contains(file.error(idx({most, most, most, last}, {0})),
                   "truncated at offset 21: found 21 bytes, expected more than any file has"));
  std::filesystem::remove(file.path);
  CHECK(contains(error_of([&] { read_idx(file.path); }),
                 "data::read_idx: cannot read " + file.path.string()));
}
