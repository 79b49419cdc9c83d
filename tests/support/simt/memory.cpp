#include "support/simt/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "support/simt/guard_zone.h"
#include "tutti/base/block.h"
#include "tutti/base/error.h"

namespace tutti::simt {
namespace {

constexpr std::size_t space_bytes = std::size_t{1} << 36;  // of addresses
constexpr std::size_t page_bytes = 4096;

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// From the first byte of one buffer's front zone to the end of its rear zone.
std::size_t extent(std::size_t bytes) {
  return zone_bytes + round_up(bytes, 64) + zone_bytes;
}

}  // namespace

Memory& Memory::of(int index) {
  // Never destroyed: buffers may outlive everything.
  static std::array<Memory*, devices> memories{new Memory(0), new Memory(1)};
  return *memories.at(static_cast<std::size_t>(index));
}

Memory::Memory(int index) : index_(index) {
  void* base =
      mmap(nullptr, space_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) raise("emulated device: found no range of ", space_bytes, " addresses");
  base_ = static_cast<std::byte*>(base);
}

void Memory::protect(int access) {
  if (used_ && mprotect(base_, round_up(used_, page_bytes), access) != 0)
    raise("emulated device: found its memory closed to mprotect");
}

Memory::Open::Open(Memory& memory) : memory_(memory), lock_(memory.mutex_) {
  if (memory_.open_++ == 0) memory_.protect(PROT_READ | PROT_WRITE);
}

Memory::Open::~Open() {
  if (--memory_.open_ == 0) memory_.protect(PROT_NONE);
}

std::byte* Memory::zone_end(std::size_t offset, std::size_t bytes) const {
  return base_ + offset - zone_bytes + extent(bytes);
}

void* Memory::acquire(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  std::size_t begin = 0;  // of the first gap that is large enough
  for (auto [offset, size] : live_) {
    if (begin + extent(bytes) <= offset - zone_bytes) break;
    begin = offset - zone_bytes + extent(size);
  }
  if (begin + extent(bytes) > space_bytes)
    raise("emulated device: found no room for ", bytes, " bytes beside ", live_.size(), " buffers");
  used_ = std::max(used_, begin + extent(bytes));
  const std::size_t offset = begin + zone_bytes;
  Open open(*this);
  std::byte* data = base_ + offset;
  open_zone(base_ + begin, zone_end(offset, bytes));
  std::memset(data, 0xFF, bytes);
  close_zone(base_ + begin, data);
  close_zone(data + bytes, zone_end(offset, bytes));
  live_.emplace(offset, bytes);
  return data;
}

void Memory::release(void* data) noexcept {
  std::lock_guard lock(mutex_);
  auto found = live_.find(static_cast<std::size_t>(static_cast<std::byte*>(data) - base_));
  auto [offset, bytes] = *found;
  live_.erase(found);
  ASAN_POISON_MEMORY_REGION(data, bytes);
  // Whole pages go back to the system.
  std::size_t begin = round_up(offset, page_bytes),
              end = (offset + bytes) / page_bytes * page_bytes;
  if (begin < end) madvise(base_ + begin, end - begin, MADV_DONTNEED);
}

bool Memory::holds(const void* data, std::size_t bytes, const char* who) {
  std::lock_guard lock(mutex_);
  auto* begin = static_cast<const std::byte*>(data);
  if (begin < base_ || begin >= base_ + space_bytes) return false;
  const auto offset = static_cast<std::size_t>(begin - base_);
  auto after = live_.upper_bound(offset);
  if (after != live_.begin()) {
    auto [start, size] = *std::prev(after);
    if (offset + bytes <= start + size) return true;
  }
  raise(who, ": found ", bytes, " bytes at ", data, " of cuda:", index_,
        ", expected them within one live buffer");
}

void Memory::save(Contents& contents) const {
  contents.clear();
  for (auto [offset, size] : live_)
    contents.insert(contents.end(), base_ + offset, base_ + offset + size);
}

void Memory::restore(const Contents& contents) {
  const std::byte* from = contents.data();
  for (auto [offset, size] : live_) {
    std::memcpy(base_ + offset, from, size);
    from += size;
  }
}

void Memory::require(const Contents& contents) const {
  const std::byte* expected = contents.data();
  for (auto [offset, size] : live_) {
    if (std::memcmp(base_ + offset, expected, size) != 0) {
      std::size_t place = 0;
      while (base_[offset + place] == expected[place]) ++place;
      raise("two orders of its threads disagree, first at byte ", place, " of the buffer of ", size,
            " bytes at ", static_cast<void*>(base_ + offset),
            "; expected the same from any order: look for a missing barrier");
    }
    expected += size;
  }
}

void Memory::check_zones() {
  auto check = [this](std::byte* begin, std::byte* end, const std::byte* data, std::size_t size) {
    const std::byte* written = written_in_zone(begin, end);
    if (written == end) return;
    close_zone(begin, end);
    raise("byte ", written - data, " was written of the buffer of ", size, " bytes at ",
          static_cast<const void*>(data), "; expected stores within it");
  };
  for (auto [offset, size] : live_) {
    std::byte* data = base_ + offset;
    check(data - zone_bytes, data, data, size);
    check(data + size, zone_end(offset, size), data, size);
  }
}

}  // namespace tutti::simt
