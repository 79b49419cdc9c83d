#include "tutti/data/idx.h"

#include <algorithm>
#include <array>
#include <bit>
#include <ios>
#include <string>

#include "file_bytes.h"
#include "idx_file.h"

namespace tutti::data {
namespace {

template <class T>
T big_endian(const std::uint8_t* at) {
  static_assert(std::endian::native == std::endian::little);
  std::array<std::uint8_t, sizeof(T)> bytes;
  std::reverse_copy(at, at + sizeof(T), bytes.begin());
  return std::bit_cast<T>(bytes);
}

template <class Stored, class T>
void decode(const std::uint8_t* from, Tensor& to) {
  T* element = to.mutable_data<T>();
  for (std::int64_t i = 0; i < to.count(); ++i, from += sizeof(Stored))
    element[i] = static_cast<T>(big_endian<Stored>(from));
}

// The magic's third byte.
struct Kind {
  std::uint8_t code;
  std::uint64_t bytes;
  Dtype dtype;
  void (*decode)(const std::uint8_t*, Tensor&);
};
constexpr Kind kinds[] = {{0x08, 1, Dtype::u8, decode<std::uint8_t, std::uint8_t>},
                          {0x09, 1, Dtype::i32, decode<std::int8_t, std::int32_t>},
                          {0x0b, 2, Dtype::i32, decode<std::int16_t, std::int32_t>},
                          {0x0c, 4, Dtype::i32, decode<std::int32_t, std::int32_t>},
                          {0x0d, 4, Dtype::f32, decode<float, float>},
                          {0x0e, 8, Dtype::f64, decode<double, double>}};

[[noreturn]] void truncated(std::string_view where, std::size_t found, std::string_view expected,
                            std::string_view what) {
  raise(where, "truncated at offset ", found, ": found ", found, " bytes, expected ", expected,
        " (", what, "); download it again");
}

const Kind& kind_of(const Bytes& bytes, std::string_view where) {
  if (bytes[0] != 0 || bytes[1] != 0)
    raise(where, "found bytes ", std::hex, std::showbase, int{bytes[0]}, " and ", int{bytes[1]},
          " at offset 0, expected two zeros, with which an IDX file begins");
  const auto* kind = std::ranges::find(kinds, bytes[2], &Kind::code);
  if (kind == std::end(kinds))
    raise(
        where, "found element type ", std::hex, std::showbase, int{bytes[2]},
        " at offset 2, expected 0x8 (u8), 0x9 (i8), 0xb (i16), 0xc (i32), 0xd (f32) or 0xe (f64)");
  if (bytes[3] > Shape::max_rank)
    raise(where, "found ", int{bytes[3]}, " axes at offset 3, expected at most ", Shape::max_rank);
  return *kind;
}

}  // namespace

// The magic's last byte is the number of axes; a 32-bit extent for each of them follows.
Tensor read_idx_file(const std::filesystem::path& path, std::string_view who) {
  const Bytes bytes = gunzip(read_file(path, who), path, who);
  const std::string where = text(who, ": ", path.string(), ": ");
  if (bytes.size() < 4) truncated(where, bytes.size(), "4", "the magic number");
  const Kind& kind = kind_of(bytes, where);
  const std::size_t header = 4 + 4 * std::size_t{bytes[3]};
  if (bytes.size() < header) truncated(where, bytes.size(), text(header), "the header");
  Shape shape;
  std::int64_t product = 1;  // of what is not 0: so that no count overflows
  bool overflows = false;
  for (std::size_t at = 4; at < header; at += 4) {
    shape.push_back(big_endian<std::uint32_t>(bytes.data() + at));
    const std::int64_t extent = std::max<std::int64_t>(shape[shape.rank() - 1], 1);
    overflows = overflows || __builtin_mul_overflow(product, extent, &product);
  }
  std::uint64_t expected = 0;
  overflows = overflows ||
              __builtin_mul_overflow(static_cast<std::uint64_t>(product), kind.bytes, &expected) ||
              __builtin_add_overflow(expected, header, &expected);
  if (!overflows) expected = header + static_cast<std::uint64_t>(shape.count()) * kind.bytes;
  if (overflows || bytes.size() < expected)
    truncated(where, bytes.size(), overflows ? "more than any file has" : text(expected),
              text("the header and elements ", shape));
  if (bytes.size() > expected)
    raise(where, "found ", bytes.size() - expected, " trailing bytes at offset ", expected,
          ", expected the file to end there after elements ", shape, "; download it again");
  Tensor tensor(shape, kind.dtype, Device::cpu());
  kind.decode(bytes.data() + header, tensor);
  return tensor;
}

Tensor read_idx(const std::filesystem::path& path, const Device& device) {
  return read_idx_file(path, "data::read_idx").to(device);
}

}  // namespace tutti::data
