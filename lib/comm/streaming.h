// Stores that go past the caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "comm/reduce_many.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace tutti {

#if defined(__SSE2__)
/// One line of 64 bytes to an aligned address.
inline void stream_line(std::byte* to, const std::byte* from) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
#else
  for (int i = 0; i < 64; i += 16)
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + i),
                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)));
#endif
}
#endif

/// memcpy by streaming stores where the processor has them. They become visible in order with
/// later stores only after streaming_fence().
inline void streaming_copy(void* to, const void* from, std::size_t bytes) {
#if defined(__SSE2__)
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  const std::size_t head = (64 - reinterpret_cast<std::uintptr_t>(out) % 64) % 64;
  if (bytes >= head + 64) {
    std::memcpy(out, in, head);
    out += head, in += head, bytes -= head;
    for (; bytes >= 64; bytes -= 64, out += 64, in += 64) stream_line(out, in);
    to = out, from = in;
  }
#endif
  std::memcpy(to, from, bytes);
}

/// memcpy by the one or the other.
inline void copy(Stores stores, void* to, const void* from, std::size_t bytes) {
  if (stores == Stores::streaming)
    streaming_copy(to, from, bytes);
  else
    std::memcpy(to, from, bytes);
}

inline void streaming_fence() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace tutti
