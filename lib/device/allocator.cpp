#include "tutti/device/allocator.h"

#include <bit>

#include "tutti/base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace tutti {
namespace {

constexpr std::size_t smallest = 64;
constexpr std::size_t most = std::size_t{1} << 48;
constexpr std::size_t slab_bytes = std::size_t{1} << 20;
constexpr std::size_t largest_from_slab = std::size_t{1} << 15;

struct SizeClass {
  int index;
  std::size_t bytes;
};

// Classes at 4, 5, 6 and 7 quarters of every power of two from 64 on, whole multiples of 64.
SizeClass size_class(std::size_t bytes) {
  std::size_t units = (bytes + smallest - 1) / smallest;
  if (units <= 4) return {static_cast<int>(units) - 1, units * smallest};
  int exponent = std::bit_width(units - 1) - 1;  // 2^exponent < units <= 2^(exponent+1)
  std::size_t quarter = std::size_t{1} << (exponent - 2);
  std::size_t quarters = (units + quarter - 1) / quarter;  // 5 to 8
  return {(exponent - 1) * 4 + static_cast<int>(quarters) - 5, quarters * quarter * smallest};
}

}  // namespace

CachingAllocator::CachingAllocator(std::unique_ptr<MemorySource> source)
    : source_(std::move(source)), exact_(source_->exact()) {}

CachingAllocator::~CachingAllocator() {
  for (const Chunk& chunk : chunks_) {
    ASAN_UNPOISON_MEMORY_REGION(chunk.data, chunk.bytes);
    source_->release(chunk.data, chunk.bytes);
  }
}

void* CachingAllocator::acquire(std::size_t bytes) {
  void* data = source_->acquire(bytes);
  chunks_.push_back({data, bytes});
  ++statistics_.source_calls;
  statistics_.source_bytes += bytes;
  return data;
}

void* CachingAllocator::carve(std::size_t bytes) {
  if (bytes > slab_left_) {
    slab_ = static_cast<std::byte*>(acquire(slab_bytes));
    slab_left_ = slab_bytes;
  }
  void* data = slab_;
  slab_ += bytes;
  slab_left_ -= bytes;
  return data;
}

void* CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (bytes > most)
    raise("allocator: found a request for ", bytes, " bytes, expected at most 2^48");
  std::lock_guard lock(mutex_);
  if (exact_) {
    void* data = source_->acquire(bytes);
    ++statistics_.source_calls;
    statistics_.source_bytes += bytes;
    statistics_.live_bytes += bytes;
    return data;
  }
  auto [index, rounded] = size_class(bytes);
  void* data;
  if (!free_[index].empty()) {
    data = free_[index].back();
    free_[index].pop_back();
  } else {
    data = rounded <= largest_from_slab ? carve(rounded) : acquire(rounded);
  }
  statistics_.live_bytes += rounded;
  ASAN_UNPOISON_MEMORY_REGION(data, rounded);
  return data;
}

void CachingAllocator::free(void* data, std::size_t bytes) noexcept {
  if (!data) return;
  std::lock_guard lock(mutex_);
  if (exact_) {
    source_->release(data, bytes);
    statistics_.source_bytes -= bytes;
    statistics_.live_bytes -= bytes;
    return;
  }
  auto [index, rounded] = size_class(bytes);
  ASAN_POISON_MEMORY_REGION(data, rounded);
  statistics_.live_bytes -= rounded;
  free_[index].push_back(data);
}

CachingAllocator::Statistics CachingAllocator::statistics() const {
  std::lock_guard lock(mutex_);
  return statistics_;
}

}  // namespace tutti
