#include "comm/node/slices.h"

#include <cstring>

#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti {
namespace {

Block part_of(Block slice, std::size_t c, std::size_t per_chunk) {
  return slice.slice(std::min(c * per_chunk, slice.count),
                     std::min((c + 1) * per_chunk, slice.count));
}

// Every member fills its room with chunk after chunk, and reads those of the others: two chunks may
// be under way.
template <class Fill, class Read>
void through_rooms(NodeMemory& node, std::size_t chunks, std::size_t bytes, Fill fill, Read read) {
  const std::uint64_t base = node.staged_chunks;
  const auto wait_for_all = [&](Line Board::*line, std::uint64_t value) {
    for (int k = 0; k < node.members(); ++k) {
      const Word& word = (node.board(k).*line).word;
      node.wait([&] { return word.load(std::memory_order_acquire) >= value; });
    }
  };
  std::size_t rooms[2] = {};
  StoreChoice::Exchange exchanges[2];
  for (std::size_t i = 0; i <= chunks; ++i) {
    if (i < chunks) {
      rooms[i % 2] = node.take_room(bytes);
      if (base + i >= 1) wait_for_all(&Board::reduced, base + i - 1);
      std::byte* room = node.room(node.me(), rooms[i % 2]);
      exchanges[i % 2] = node.room_stores.begin(bytes);
      exchanges[i % 2].run([&] {
        fill(i, room, exchanges[i % 2].stores());
        if (exchanges[i % 2].stores() == Stores::streaming) streaming_fence();
      });
      node.publish(node.own().staged.word, base + i + 1);
    }
    if (i == 0) continue;
    wait_for_all(&Board::staged, base + i);
    exchanges[(i - 1) % 2].run([&] { read(i - 1, rooms[(i - 1) % 2]); });
    node.room_stores.end(exchanges[(i - 1) % 2]);
    node.publish(node.own().reduced.word, base + i);
  }
  wait_for_all(&Board::reduced, base + chunks);
  node.staged_chunks = base + chunks;
}

}  // namespace

void reduce_slices(NodeMemory& node, Block in, Block slice, ReduceOp::Kind kind) {
  const int members = node.members();
  const Block mine = slice_of(in, node.me(), members);
  const std::byte* inputs[NodeMemory::max_members];
  const std::size_t most = longest_slice(in.count, in.dtype, members);
  // For one member's slice.
  const std::size_t part_bytes = std::min(NodeMemory::chunk_bytes / members / 64 * 64,
                                          (most * size_of(in.dtype) + 63) / 64 * 64);
  const std::size_t per_chunk = part_bytes / size_of(in.dtype);
  through_rooms(
      node, (most + per_chunk - 1) / per_chunk, part_bytes * members,
      [&](std::size_t c, std::byte* to, Stores stores) {
        for (int k = 0; k < members; ++k) {
          if (k == node.me()) continue;
          const Block part = part_of(slice_of(in, k, members), c, per_chunk);
          copy(stores, to + part_bytes * k, part.data, part.bytes());
        }
      },
      [&](std::size_t c, std::size_t place) {
        const Block part = part_of(mine, c, per_chunk);
        for (int k = 0; k < members; ++k)
          inputs[k] = k == node.me() ? static_cast<std::byte*>(part.data)
                                     : node.room(k, place) + part_bytes * node.me();
        std::byte* const outputs[] = {static_cast<std::byte*>(part_of(slice, c, per_chunk).data)};
        reduce_many({{inputs, static_cast<std::size_t>(members)},
                     in.dtype,
                     outputs,
                     slice.dtype,
                     part.count},
                    kind, 1, Stores::ordinary);
      });
}

void gather_slices(NodeMemory& node, Block slice, Block out) {
  const int members = node.members();
  const Block mine = slice_of(out, node.me(), members);
  const std::byte* const inputs[] = {static_cast<const std::byte*>(slice.data)};
  std::byte* const outputs[] = {static_cast<std::byte*>(mine.data)};
  reduce_many({inputs, slice.dtype, outputs, out.dtype, mine.count}, ReduceOp::Kind::sum, 1,
              Stores::ordinary);
  const std::size_t per_chunk = NodeMemory::chunk_bytes / size_of(out.dtype);
  const std::size_t most = longest_slice(out.count, out.dtype, members);
  through_rooms(
      node, (most + per_chunk - 1) / per_chunk,
      std::min(NodeMemory::chunk_bytes, most * size_of(out.dtype)),
      [&](std::size_t c, std::byte* to, Stores stores) {
        const Block part = part_of(mine, c, per_chunk);
        copy(stores, to, part.data, part.bytes());
      },
      [&](std::size_t c, std::size_t place) {
        for (int step = 1; step < members; ++step) {
          const int k = (node.me() + step) % members;
          const Block part = part_of(slice_of(out, k, members), c, per_chunk);
          std::memcpy(part.data, node.room(k, place), part.bytes());
        }
      });
}

}  // namespace tutti
