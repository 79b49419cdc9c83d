// Bytes beside a buffer that nobody may touch.
#pragma once

#include <cstddef>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace tutti::simt {

/// Does the address sanitizer stop the program at the first touch? Else zones are looked at later.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool zones_are_poisoned = true;
#else
inline constexpr bool zones_are_poisoned = false;
#endif

inline constexpr std::size_t zone_bytes = 128;
inline constexpr std::byte zone_filling{0xFB};

inline void close_zone(std::byte* begin, std::byte* end) {
  std::memset(begin, static_cast<int>(zone_filling), static_cast<std::size_t>(end - begin));
  ASAN_POISON_MEMORY_REGION(begin, end - begin);
}

inline void open_zone(std::byte* begin, std::byte* end) {
  ASAN_UNPOISON_MEMORY_REGION(begin, end - begin);
}

/// The first byte that was written since close_zone; `end` where there is none.
inline const std::byte* written_in_zone(const std::byte* begin, const std::byte* end) {
  if constexpr (zones_are_poisoned) return end;
  while (begin != end && *begin == zone_filling) ++begin;
  return begin;
}

}  // namespace tutti::simt
