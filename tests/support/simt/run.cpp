#include "support/simt/run.h"

#include <cstring>
#include <memory>

#include "support/simt/guard_zone.h"
#include "support/simt/memory.h"
#include "tutti/base/error.h"

namespace tutti::simt {
namespace {

constexpr std::size_t alignment_of_shared = 16;

void run_in(Order order, Grid& grid, const Kernel& kernel) {
  for (std::int64_t i = 0; i < grid.blocks; ++i) {
    const std::int64_t block = order == Order::ascending ? i : grid.blocks - 1 - i;
    grid.spoil_shared(order);
    try {
      grid.crew.run(order, [&](int thread) { kernel(grid, block, thread); });
      grid.check_shared();
    } catch (const Error& error) {
      raise("block ", block, ": ", error.what());
    }
  }
}

}  // namespace

Grid::Grid(Crew& threads, std::int64_t count, std::size_t bytes)
    : crew(threads),
      blocks(count),
      shared_bytes_(bytes),
      storage_(zone_bytes + alignment_of_shared + bytes + zone_bytes) {
  void* begin = storage_.data() + zone_bytes;
  std::size_t room = alignment_of_shared + bytes;
  shared_ = static_cast<std::byte*>(std::align(alignment_of_shared, bytes, begin, room));
  close_zone(shared_ - zone_bytes, shared_);
  close_zone(shared_ + bytes, shared_ + bytes + zone_bytes);
}

Grid::~Grid() {
  open_zone(shared_ - zone_bytes, shared_ + shared_bytes_ + zone_bytes);
}

void* Grid::shared_at(std::size_t offset, std::size_t alignment) const {
  if (offset >= shared_bytes_ || offset % alignment != 0)
    raise("found shared memory asked for at byte ", offset, ", expected a multiple of ", alignment,
          " within the ", shared_bytes_, " bytes of the launch");
  return shared_ + offset;
}

void Grid::spoil_shared(Order order) {
  std::memset(shared_, order == Order::ascending ? 0xFF : 0x7F, shared_bytes_);
}

void Grid::check_shared() const {
  for (std::byte* zone : {shared_ - zone_bytes, shared_ + shared_bytes_}) {
    const std::byte* written = written_in_zone(zone, zone + zone_bytes);
    if (written != zone + zone_bytes)
      raise("byte ", written - shared_, " was written of ", shared_bytes_,
            " bytes of shared memory; expected stores within them");
  }
}

void run(const char* who, int device, std::int64_t blocks, std::size_t shared_bytes,
         const Kernel& kernel) {
  thread_local Crew crew;
  thread_local Memory::Contents before, expected;  // not allocated again for each kernel
  Memory& memory = Memory::of(device);
  Memory::Open open(memory);
  Grid grid(crew, blocks, shared_bytes);
  try {
    memory.save(before);
    run_in(Order::ascending, grid, kernel);
    memory.check_zones();
    memory.save(expected);
    memory.restore(before);
    run_in(Order::descending, grid, kernel);
    memory.check_zones();
    memory.require(expected);
  } catch (const Error& error) {
    raise(who, ": ", error.what());
  }
}

}  // namespace tutti::simt
