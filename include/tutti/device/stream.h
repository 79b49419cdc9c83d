// Where work is queued.
#pragma once

#include <variant>

#include "tutti/base/block.h"
#include "tutti/base/config.h"

struct CUstream_st;

namespace tutti {

/// Work given to a CPU stream has happened when the call returns.
struct CpuStream {};

/// Work given to a CUDA stream is enqueued and happens in order.
struct CudaStream {
  CUstream_st* handle = nullptr;
  int device = 0;
};

using Stream = Backends<CpuStream, CudaStream>;

inline void synchronize(CpuStream) {}
void synchronize(CudaStream stream);
/// Returns when all work given to `stream` so far has happened.
inline void synchronize(const Stream& stream) {
  std::visit([](auto s) { synchronize(s); }, stream);
}

void copy(CpuStream stream, Block to, Block from);
void copy(CudaStream stream, Block to, Block from);
/// Copies from.bytes() bytes in stream order; to.bytes() must be the same. Either block may be on
/// the host or on the stream's device. Host memory must stay valid until the stream is
/// synchronized.
inline void copy(const Stream& stream, Block to, Block from) {
  std::visit([&](auto s) { copy(s, to, from); }, stream);
}

}  // namespace tutti
