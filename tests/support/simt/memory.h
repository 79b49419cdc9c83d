// The memory of an emulated device.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace tutti::simt {

/// Buffers of exactly the size asked for, with closed zones on both sides, in a range of addresses
/// that is readable only while an `Open` lives: a host that reads a device's memory ends in
/// SIGSEGV, as it would beside a GPU. Lives as long as the process.
class Memory {
 public:
  static constexpr int devices = 2;
  /// That of device `index`.
  static Memory& of(int index);

  /// Contents are undefined: NaN in every float type.
  void* acquire(std::size_t bytes);
  void release(void* data) noexcept;
  /// Does [data, data + bytes) lie in the memory's range, or not at all? Error if it lies there and
  /// not within one live buffer.
  bool holds(const void* data, std::size_t bytes, const char* who);

  class Open {
   public:
    explicit Open(Memory& memory);
    ~Open();
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    Memory& memory_;
    std::lock_guard<std::recursive_mutex> lock_;
  };

  // While it is open. Contents are those of all live buffers.
  using Contents = std::vector<std::byte>;
  void save(Contents& contents) const;
  void restore(const Contents& contents);
  /// Error unless the contents are these.
  void require(const Contents& contents) const;
  /// Error if a zone was written; closes it again.
  void check_zones();

 private:
  explicit Memory(int index);
  void protect(int access);
  std::byte* zone_end(std::size_t offset, std::size_t bytes) const;

  int index_;
  std::byte* base_;
  std::size_t used_ = 0;                     // what was ever handed out lies below
  std::map<std::size_t, std::size_t> live_;  // from offset to bytes
  int open_ = 0;
  std::recursive_mutex mutex_;
};

}  // namespace tutti::simt
