// Memory that is asked of the system once and then reused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tutti {

/// Where an allocator gets its memory: the operating system, or CUDA.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  /// At least `bytes` bytes, aligned to 64, resident (touching it faults no page). Throws Error.
  virtual void* acquire(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  /// Are blocks to be acquired in exactly the size asked for, and released when freed? For sources
  /// that look for accesses beside a block, or after its end.
  virtual bool exact() const { return false; }
};

/// Keeps freed blocks by size class (four classes per doubling) and hands them out again. Returns
/// memory to its source only when destroyed, unless that is exact. Thread-safe.
class CachingAllocator {
 public:
  explicit CachingAllocator(std::unique_ptr<MemorySource> source);
  ~CachingAllocator();
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  /// At least `bytes` bytes, aligned to 64; nullptr for 0.
  void* allocate(std::size_t bytes);
  /// Takes back what allocate(bytes) gave.
  void free(void* data, std::size_t bytes) noexcept;

  struct Statistics {
    std::uint64_t source_calls = 0;  ///< how often memory was asked of the source
    std::uint64_t source_bytes = 0;  ///< how much is held from it
    std::uint64_t live_bytes = 0;    ///< how much of that is handed out
  };
  Statistics statistics() const;

 private:
  static constexpr int classes = 192;
  struct Chunk {
    void* data;
    std::size_t bytes;
  };
  void* carve(std::size_t bytes);
  void* acquire(std::size_t bytes);

  std::unique_ptr<MemorySource> source_;
  const bool exact_;
  mutable std::mutex mutex_;
  std::array<std::vector<void*>, classes> free_;
  std::vector<Chunk> chunks_;
  std::byte* slab_ = nullptr;
  std::size_t slab_left_ = 0;
  Statistics statistics_;
};

}  // namespace tutti
