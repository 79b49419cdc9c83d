// Hints on whose cache lines of shared memory should lie in. They change no contents.
#pragma once

#include <cstddef>

namespace tutti {

inline constexpr std::size_t line_bytes = 64;

/// What was just written there will be read by another core: out of this core's own caches into
/// the one that cores share, where it is found sooner.
inline void hand_over([[maybe_unused]] const void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__x86_64__)
  // CLDEMOTE, which processors without it take for a NOP; as bytes, for assemblers without it.
  const auto* line = static_cast<const std::byte*>(data);
  for (std::size_t i = 0; i < bytes; i += line_bytes)
    asm volatile(".byte 0x0f, 0x1c, 0x00" : : "a"(line + i) : "memory");
#endif
}

/// This core will write there, and others may have read it: back into its own cache meanwhile.
inline void take_back(const void* data, std::size_t bytes) {
  const auto* line = static_cast<const std::byte*>(data);
  for (std::size_t i = 0; i < bytes; i += line_bytes) __builtin_prefetch(line + i, 1);
}

/// This core will read there.
inline void fetch(const std::byte* data, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += line_bytes) __builtin_prefetch(data + i);
}

}  // namespace tutti
