#include "buffers.h"

#include <cstdlib>
#include <cstring>

#include "mpi_peer.h"
#include "tutti/comm/symmetric.h"

namespace tutti::bench {
namespace {

bool in_symmetric(Communicator& world, const Buffer& buffer) {
  return is_symmetric(world, {buffer.data(), buffer.bytes(), Dtype::u8, {}});
}

}  // namespace

Buffer page_buffer(std::size_t bytes) {
  constexpr std::size_t page = 4096;
  const std::size_t whole = (bytes + page - 1) / page * page;
  std::shared_ptr<void> owner(std::aligned_alloc(page, whole), std::free);
  if (!owner) raise("tutti-bench: found no memory for ", whole, " bytes; choose a smaller -e");
  std::memset(owner.get(), 0, whole);
  return Buffer::adopt({owner.get(), bytes, Dtype::u8, {}}, owner, Device::cpu());
}

Memory found_memory(Communicator& world, Memory wanted) {
  const bool found =
      wanted == Memory::symmetric && in_symmetric(world, symmetric_buffer(world, 64));
  return found ? Memory::symmetric : Memory::heap;
}

Buffers Buffers::make(Communicator& world, Memory memory, std::size_t bytes) {
  if (memory == Memory::heap) return {page_buffer(bytes), page_buffer(bytes)};
  Buffer in = symmetric_buffer(world, bytes);
  Buffer out = symmetric_buffer(world, bytes);
  if (!in_symmetric(world, in) || !in_symmetric(world, out))
    raise("tutti-bench: found no shared memory for twice ", bytes,
          " bytes on each rank; choose a smaller -e, or --memory heap");
  return {in, out};
}

Call Buffers::call(const Collective& collective, const Case& what, int rank) const {
  std::size_t out_count = 0;
  for (const Stretch& part : collective.result(what, rank)) out_count += part.count;
  const std::size_t in_count = collective.input ? collective.input(what, rank) : out_count;

  Call call{what, rank, {in.data(), in_count, what.dtype, {}}, {}};
  call.out = {out.data(), out_count, what.dtype, {}};
  if (!what.in_place) return call;
  call.in.data = out.data();
  Block& smaller = in_count < out_count ? call.in : call.out;
  const Block& larger = in_count < out_count ? call.out : call.in;
  if (smaller.count * static_cast<std::size_t>(what.ranks) == larger.count)
    smaller.data = larger.slice(smaller.count * static_cast<std::size_t>(rank), larger.count).data;
  return call;
}

}  // namespace tutti::bench
