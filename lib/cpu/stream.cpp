#include "tutti/device/stream.h"

#include <cstring>

namespace tutti {

void copy(CpuStream, Block to, Block from) {
  if (to.bytes() != from.bytes())
    raise("copy: found ", from.bytes(), " bytes for a block of ", to.bytes(), ", expected as many");
  if (from.count) std::memmove(to.data, from.data, from.bytes());
}

}  // namespace tutti
