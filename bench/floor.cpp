#include "floor.h"

#include <cstring>

#include "comm/node/node.h"
#include "comm/node/shares.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"
#include "tutti/comm/symmetric.h"

namespace tutti::bench {
namespace {

SymmetricPlace place_of(const Communicator& world, Block block) {
  NodeMemory* node = world.transport().node();
  return node ? node->place(block.data, block.bytes()) : SymmetricPlace{};
}

// What direct loads and stores, without its meetings.
Work all_reduce_at_once(const Communicator& world, const Call& call, Stores stores) {
  const int ranks = call.what.ranks;
  const SymmetricPlace from = place_of(world, call.in), to = place_of(world, call.out);
  const ElementRange share = line_share(call.in.count, call.in.dtype, call.rank, ranks);
  const std::size_t offset = share.begin * size_of(call.in.dtype);
  std::vector<const std::byte*> inputs;
  std::vector<std::byte*> outputs;
  for (int k = 0; k < ranks; ++k) {
    inputs.push_back(from.at(k) + offset);
    outputs.push_back(to.at((call.rank + k) % ranks) + offset);
  }
  return [=, dtype = call.in.dtype, op = call.what.op.for_ranks(ranks)] {
    reduce_many({inputs, dtype, outputs, dtype, share.count()}, op.kind, op.divisor, stores);
    if (stores == Stores::streaming) streaming_fence();
  };
}

// What staged loads and stores, chunk by chunk, without waiting for anybody.
Work all_reduce_through_rooms(FloorRooms& rooms, const Call& call, Stores stores) {
  std::vector<const std::byte*> inputs(static_cast<std::size_t>(call.what.ranks));
  return [&rooms, call, inputs, stores, op = call.what.op.for_ranks(call.what.ranks)]() mutable {
    const int ranks = call.what.ranks, me = call.rank;
    const Dtype dtype = call.in.dtype;
    const std::size_t size = size_of(dtype), step = FloorRooms::chunk_bytes / size;
    for (std::size_t begin = 0; begin < call.in.count; begin += step) {
      const std::size_t end = std::min(call.in.count, begin + step);
      const Block in = call.in.slice(begin, end), out = call.out.slice(begin, end);
      const std::size_t input = rooms.take(stores, in.bytes());
      const std::size_t result =
          rooms.take(stores, longest_line_share(in.count, dtype, ranks) * size);
      const auto part = [&](int k) { return line_share(in.count, dtype, k, ranks); };
      const auto each_other = [&](auto&& f) {
        for (int k = 0; k < ranks; ++k)
          if (k != me && part(k).count() > 0) f(k, part(k).begin, part(k).end);
      };
      each_other([&](int, std::size_t lo, std::size_t hi) {
        const Block theirs = in.slice(lo, hi);
        Block room = theirs;
        room.data = rooms.at(me, input) + lo * size;
        copy(stores, room.data, theirs.data, room.bytes());
      });
      const std::size_t mine = part(me).begin, count = part(me).count();
      for (int k = 0; k < ranks; ++k)
        inputs[static_cast<std::size_t>(k)] =
            (k == me ? static_cast<const std::byte*>(in.data) : rooms.at(k, input)) + mine * size;
      const Block own = out.slice(mine, mine + count);
      std::byte* outputs[] = {static_cast<std::byte*>(own.data)};
      reduce_many({inputs, dtype, outputs, dtype, count}, op.kind, op.divisor, Stores::ordinary);
      Block room = own;
      room.data = rooms.at(me, result);
      copy(stores, room.data, outputs[0], room.bytes());
      each_other([&](int k, std::size_t lo, std::size_t hi) {
        const Block theirs = out.slice(lo, hi);
        std::memcpy(theirs.data, rooms.at(k, result), theirs.bytes());
      });
    }
  };
}

// A part of a result, and where all ranks can read what it is made of.
struct Fetched {
  Block to;
  std::vector<const std::byte*> from;
};

// The one rank that has a result, or -1.
int only_owner(const Collective& collective, const Case& what) {
  int owner = -1;
  for (int rank = 0; rank < what.ranks; ++rank) {
    if (collective.result(what, rank).empty()) continue;
    if (owner >= 0) return -1;
    owner = rank;
  }
  return owner;
}

// Every rank fetches its result, part by part, from where it lies in the others' inputs. Where one
// alone has a result, each rank fetches its share of every part and stores it there.
Work fetch(const Collective& collective, const Communicator& world, const Buffers& buffers,
           const Case& what, Stores stores) {
  const std::size_t size = size_of(what.dtype);
  const int only = only_owner(collective, what), owner = only < 0 ? world.rank() : only;
  const auto input_of = [&](int rank, std::size_t first) -> const std::byte* {
    const Block in = buffers.call(collective, what, rank).in;
    return place_of(world, in).at(rank) + first * size;
  };
  std::byte* to = place_of(world, buffers.call(collective, what, owner).out).at(owner);
  std::vector<Fetched> parts;
  for (const Stretch& stretch : collective.result(what, owner)) {
    const ElementRange mine = only < 0
                                  ? ElementRange{0, stretch.count}
                                  : line_share(stretch.count, what.dtype, world.rank(), what.ranks);
    Fetched part{{to + mine.begin * size, mine.count(), what.dtype, {}}, {}};
    to += stretch.count * size;
    for (int rank = 0; rank < what.ranks; ++rank)
      if (stretch.rank == Stretch::all || stretch.rank == rank)
        part.from.push_back(input_of(rank, stretch.from + mine.begin));
    const bool there = part.from.size() == 1 && part.from[0] == part.to.data;
    if (!there && mine.count() > 0) parts.push_back(std::move(part));
  }
  return [=, op = what.op.for_ranks(what.ranks)] {
    for (const Fetched& part : parts) {
      std::byte* outputs[] = {static_cast<std::byte*>(part.to.data)};
      if (part.from.size() == 1)
        copy(stores, part.to.data, part.from[0], part.to.bytes());
      else
        reduce_many({part.from, part.to.dtype, outputs, part.to.dtype, part.to.count}, op.kind,
                    op.divisor, stores);
    }
    if (stores == Stores::streaming) streaming_fence();
  };
}

}  // namespace

FloorRooms::FloorRooms(Communicator& world) : own_(symmetric_buffer(world, 2 * area_bytes)) {
  NodeMemory* node = world.transport().node();
  if (!node || world.size() == 1 || node->members() != world.size()) return;
  const SymmetricPlace place = node->place(own_.data(), own_.bytes());
  if (!place.area) return;
  for (int member = 0; member < node->members(); ++member) areas_.push_back(place.at(member));
}

std::size_t FloorRooms::take(Stores stores, std::size_t bytes) {
  std::size_t& next = next_[static_cast<std::size_t>(stores)];
  if (next + bytes > area_bytes) next = 0;
  const std::size_t place = static_cast<std::size_t>(stores) * area_bytes + next;
  next += (bytes + 127) / 128 * 128;
  return place;
}

Memory in_symmetric_memory(const Communicator& world, const Call& call) {
  const bool both = place_of(world, call.in).area && place_of(world, call.out).area;
  return both ? Memory::symmetric : Memory::heap;
}

Work all_reduce_floor(Communicator& world, const Call& call, FloorRooms& rooms, Stores stores) {
  if (in_symmetric_memory(world, call) == Memory::symmetric)
    return all_reduce_at_once(world, call, stores);
  return all_reduce_through_rooms(rooms, call, stores);
}

Work floor_of(const Collective& collective, Communicator& world, const Buffers& buffers,
              const Case& what, FloorRooms& rooms, Stores stores) {
  if (!rooms.shared() || !collective.sized) return {};
  const Call own = buffers.call(collective, what, world.rank());
  if (collective.floor) return collective.floor(world, own, rooms, stores);
  if (in_symmetric_memory(world, own) == Memory::heap) return {};
  return fetch(collective, world, buffers, what, stores);
}

}  // namespace tutti::bench
