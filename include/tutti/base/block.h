// Borrowed memory with a type and a place: all that the communication floor knows of data.
#pragma once

#include <compare>
#include <cstddef>
#include <ostream>

#include "tutti/base/dtype.h"

namespace tutti {

enum class DeviceKind : std::uint8_t { cpu, cuda };

/// Names a device of this process: the CPU, or the CUDA device with this index.
struct DeviceId {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;
  friend bool operator==(DeviceId, DeviceId) = default;
};

inline std::ostream& operator<<(std::ostream& out, DeviceId id) {
  if (id.kind == DeviceKind::cpu) return out << "cpu";
  return out << "cuda:" << id.index;
}

/// `count` elements at `data`. Borrows, never owns: the owner must outlive every use.
struct Block {
  void* data = nullptr;
  std::size_t count = 0;
  Dtype dtype = Dtype::f32;
  DeviceId device{};

  std::size_t bytes() const { return count * size_of(dtype); }
  /// Elements [begin, end) of this block.
  Block slice(std::size_t begin, std::size_t end) const {
    return {static_cast<std::byte*>(data) + begin * size_of(dtype), end - begin, dtype, device};
  }
};

/// The block of `count` host elements of type T at `data`.
template <class T>
Block block_of(T* data, std::size_t count) {
  return {const_cast<std::remove_const_t<T>*>(data), count, dtype_of<std::remove_const_t<T>>(), {}};
}

}  // namespace tutti
