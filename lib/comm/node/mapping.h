// Memory that several processes of one machine map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "comm/node/process.h"

namespace tutti {

/// How another process finds a mapping. Trivially copyable.
struct MappingTicket {
  std::uint64_t token = 0;  ///< stands in the memory's first bytes; 0: there is no mapping
  std::uint64_t bytes = 0;
  ProcessId process;
  int file = -1;
  char name[48] = {};           ///< in /dev/shm; empty: a memfd of `process`
  const void* owner = nullptr;  ///< a std::shared_ptr<Mapping> in `process`
};

inline constexpr std::size_t page_bytes = 4096;

inline constexpr std::size_t round_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

/// Maps pages now that would fault at their first touch.
void populate(std::byte* begin, std::size_t bytes);

/// Unmapped with its last handle. Fresh memory is zero, but for the token in its first 8 bytes.
class Mapping {
 public:
  enum class Kind : std::uint8_t { memfd, posix };

  /// A new one; null where the system refuses. A memfd has no name, so nothing can be left behind,
  /// and no size limit of /dev/shm; POSIX shared memory serves where other processes may not open
  /// this one's files, and has a name until close().
  static std::shared_ptr<Mapping> create(Kind kind, std::size_t bytes);
  /// The mapping that `ticket` describes; null when it cannot be reached from here. Ranks that are
  /// threads of one process get the same address.
  static std::shared_ptr<Mapping> open(const MappingTicket& ticket);

  /// For open() in other processes, while this object and `self` live.
  MappingTicket ticket(const std::shared_ptr<Mapping>& self) const;
  /// Closes the file and takes its name away: afterwards only mappings hold the memory.
  void close();

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

 private:
  Mapping() = default;
  bool map(int file, std::size_t bytes);

  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint64_t token_ = 0;
  int file_ = -1;
  char name_[48] = {};
};

}  // namespace tutti
