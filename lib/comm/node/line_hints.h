// Hints on whose cache lines of shared memory should lie in. They change no contents.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tutti {

inline constexpr std::size_t line_bytes = 64;

/// Calls hint(line) for each line that holds some of these bytes.
template <class Hint>
void for_each_line(const void* data, std::size_t bytes, Hint hint) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  for (std::uintptr_t line = begin / line_bytes * line_bytes; line < begin + bytes;
       line += line_bytes)
    hint(reinterpret_cast<const void*>(line));
}

/// Whether hand_over() does anything on this processor.
inline const bool hands_over = [] {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c >> 25 & 1) != 0;  // CLDEMOTE
#else
  return false;
#endif
}();

/// What was just written there will be read by another core: out of this core's own caches into
/// the one that cores share, where it is found sooner.
inline void hand_over([[maybe_unused]] const void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__x86_64__)
  // CLDEMOTE, which processors without it take for a NOP; as bytes, for assemblers without it.
  for_each_line(data, bytes, [](const void* line) {
    asm volatile(".byte 0x0f, 0x1c, 0x00" : : "a"(line) : "memory");
  });
#endif
}

/// This core will write there, and others may have read it: back into its own cache meanwhile.
inline void take_back(const void* data, std::size_t bytes) {
  for_each_line(data, bytes, [](const void* line) { __builtin_prefetch(line, 1); });
}

/// This core will read there.
inline void fetch(const void* data, std::size_t bytes) {
  for_each_line(data, bytes, [](const void* line) { __builtin_prefetch(line); });
}

}  // namespace tutti
