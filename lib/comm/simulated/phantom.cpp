#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "tutti/comm/simulated.h"

namespace tutti {
namespace {

// The system counts mappings (65530 a process), so large buffers repeat larger pieces. The smallest
// stays in a core's own cache.
constexpr std::size_t smallest_piece = std::size_t{64} << 10;
constexpr std::size_t most_pieces = 1024;

[[noreturn]] void raise_no_memory(std::size_t bytes) {
  raise("phantom_buffer: found no addresses for ", bytes, " bytes (", std::strerror(errno),
        "); use smaller blocks");
}

struct Mapping {
  explicit Mapping(std::size_t wanted)
      : piece(std::bit_ceil(std::max(smallest_piece, wanted / most_pieces))),
        bytes((wanted + piece - 1) / piece * piece),
        data(mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (data == MAP_FAILED) raise_no_memory(bytes);
  }
  ~Mapping() { munmap(data, bytes); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  void repeat(int file) const {
    for (std::size_t at = 0; at < bytes; at += piece)
      if (mmap(static_cast<std::byte*>(data) + at, piece, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED)
        raise_no_memory(bytes);
  }

  std::size_t piece;
  std::size_t bytes;
  void* data;
};

}  // namespace

Buffer phantom_buffer(std::size_t bytes) {
  if (bytes == 0) return Buffer(0, Device::cpu());
  auto mapping = std::make_shared<Mapping>(bytes);
  const int file = memfd_create("tutti-phantom", MFD_CLOEXEC);
  if (file < 0) raise_no_memory(bytes);
  struct Closer {
    int file;
    ~Closer() { close(file); }
  } closer{file};
  if (ftruncate(file, static_cast<off_t>(mapping->piece)) != 0) raise_no_memory(bytes);
  mapping->repeat(file);
  return Buffer::adopt({mapping->data, bytes, Dtype::u8, {}}, mapping, Device::cpu());
}

}  // namespace tutti
