// A point in a stream that another stream, or the host, can wait for.
#pragma once

#include <memory>

#include "tutti/device/stream.h"

struct CUevent_st;

namespace tutti {

/// CPU work is done when its call returns: there is never anything to wait for.
struct CpuEvent {};

struct CudaEvent {
  std::shared_ptr<CUevent_st> handle;
  int device = 0;
};

using Event = Backends<CpuEvent, CudaEvent>;

inline CpuEvent record(CpuStream) {
  return {};
}
CudaEvent record(CudaStream stream);
/// Marks the work given to `stream` so far. Does not block.
inline Event record(const Stream& stream) {
  return std::visit([](auto s) { return Event(record(s)); }, stream);
}

template <class AnyStream>
void wait(const AnyStream&, const CpuEvent&) {}
inline void wait(CpuStream, const CudaEvent& event);
void wait(CudaStream stream, const CudaEvent& event);
/// Work given to `stream` from now on starts after the event. Blocks only when `stream` is the CPU.
inline void wait(const Stream& stream, const Event& event) {
  std::visit([](auto s, const auto& e) { wait(s, e); }, stream, event);
}

void synchronize(const CudaEvent& event);
inline void wait(CpuStream, const CudaEvent& event) {
  synchronize(event);
}

}  // namespace tutti
