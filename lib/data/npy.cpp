#include "tutti/data/npy.h"

#include <algorithm>
#include <fstream>

#include "file_bytes.h"
#include "npy_header.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::load_npy";

// A file that is read from front to back, whose size is known.
class Source {
 public:
  explicit Source(const std::filesystem::path& path)
      : name_(text(who, ": ", path.string())), in_(path, std::ios::binary) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error || !in_)
      raise(who, ": cannot read ", path.string(), error ? text(" (", error.message(), ")") : "",
            "; check the file and its permissions");
  }

  const std::string& name() const { return name_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t left() const { return size_ - offset_; }

  void read(void* to, std::uint64_t bytes, std::string_view what) {
    require(bytes, what);
    in_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
    if (!in_) raise(name_, ": byte ", offset_, ": the file cannot be read to its end");
    offset_ += bytes;
  }
  void require(std::uint64_t bytes, std::string_view what) const {
    if (left() < bytes)
      raise(name_, ": truncated at byte ", size_, ": found ", left(), " bytes of ", what,
            " at byte ", offset_, ", expected ", bytes);
  }

 private:
  std::string name_;
  std::ifstream in_;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
};

NpyHeader read_header(Source& source) {
  std::uint8_t start[8]{};
  source.read(start, sizeof start, "the magic string and the version");
  if (!std::equal(start, start + 6, reinterpret_cast<const std::uint8_t*>("\x93NUMPY")))
    raise(source.name(),
          ": byte 0: found no \\x93NUMPY, expected a file of np.save; an .npz is an ",
          "archive of several");
  const int major = start[6], minor = start[7];
  if (major < 1 || major > 3 || minor != 0)
    raise(source.name(), ": byte 6: found version ", major, '.', minor,
          ", expected 1.0, 2.0 or 3.0");
  std::uint8_t length[4]{};
  source.read(length, major == 1 ? 2 : 4, "the header's length");
  const std::size_t bytes = length[0] | std::size_t{length[1]} << 8 | std::size_t{length[2]} << 16 |
                            std::size_t{length[3]} << 24;
  source.require(bytes, "the header");
  const std::uint64_t offset = source.offset();
  std::string dictionary(bytes, '\0');
  source.read(dictionary.data(), bytes, "the header");
  if (!dictionary.ends_with('\n'))
    raise(source.name(), ": byte ", source.offset(), ": found no newline at the header's end");
  return parse_npy_header(dictionary, offset, source.name());
}

void require_booleans(const Tensor& tensor, std::uint64_t offset, std::string_view name) {
  const auto* byte = tensor.data<std::uint8_t>();
  const auto* end = byte + tensor.count();
  const auto* bad = std::find_if(byte, end, [](std::uint8_t x) { return x > 1; });
  if (bad != end)
    raise(name, ": byte ", offset + static_cast<std::uint64_t>(bad - byte), ": found ", int{*bad},
          " as a boolean, expected 0 or 1");
}

}  // namespace

Tensor load_npy(const std::filesystem::path& path, const Device& device) {
  Source source(path);
  NpyHeader header = read_header(source);
  const std::uint64_t offset = source.offset(), count = header.shape.count();
  std::uint64_t bytes = 0;
  const bool too_many = __builtin_mul_overflow(count, size_of(header.dtype), &bytes);
  if (too_many || bytes > source.left())
    raise(source.name(), ": truncated at byte ", offset + source.left(), ": found ", source.left(),
          " bytes of elements at byte ", offset, ", expected ",
          too_many ? "more than 2^64" : std::to_string(bytes), " bytes (", count, " elements of ",
          size_of(header.dtype), "): shape ", header.shape);
  if (bytes < source.left())
    raise(source.name(), ": byte ", offset + bytes, ": found ", source.left() - bytes,
          " bytes after the elements, expected the end of the file: shape ", header.shape, " of ",
          header.dtype);
  if (header.fortran_order) std::reverse(header.shape.begin(), header.shape.end());
  Tensor tensor(header.shape, header.dtype, device.is_cpu() ? device : Device::cpu());
  if (bytes > 0) source.read(tensor.mutable_raw(), bytes, "elements");
  if (header.boolean) require_booleans(tensor, offset, source.name());
  if (header.fortran_order) {
    AxisList reversed;
    for (int axis = tensor.rank(); axis-- > 0;) reversed.push_back(axis);
    tensor = tensor.permute(reversed).contiguous();
  }
  return tensor.to(device);
}

void save_npy(const std::filesystem::path& path, const Tensor& tensor) {
  constexpr std::string_view saving = "data::save_npy";
  if (!tensor) raise(saving, ": ", path.string(), ": found a tensor that holds nothing");
  const std::string preamble = npy_preamble(tensor.dtype(), tensor.shape(), saving);
  const Tensor host = tensor.to(Device::cpu()).contiguous();
  write_file(path,
             {preamble,
              {static_cast<const char*>(host.raw()),
               static_cast<std::size_t>(host.count()) * size_of(host.dtype())}},
             saving);
}

}  // namespace tutti::data
