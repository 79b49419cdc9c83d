#include "tutti/comm/all_reduce/halving_doubling.h"

#include "comm/all_reduce/binary_blocks.h"
#include "tutti/comm/block_math.h"

namespace tutti::algorithms {
namespace {

struct Place {
  explicit Place(int rank, int ranks)
      : groups(ranks), k(groups.group_of(rank)), group(groups[k]), member(rank - group.first) {}
  BinaryBlocks groups;
  int k;
  RankGroup group;
  int member;
};

// Leaves the group's sum of piece(member) in `data`.
void reduce_in_group(Communicator& communicator, const Place& at, Block data, Block room,
                     ReduceOp op, const Stream& stream) {
  Range held{0, data.count};
  for (int distance = 1; distance < at.group.size; distance *= 2) {
    bool upper = at.member & distance;
    int peer = at.group.first + (at.member ^ distance);
    Block kept = slice(data, held.half(upper)), given = slice(data, held.half(!upper));
    Block theirs = room.slice(0, kept.count);
    communicator.exchange({send_to(peer, given), receive_from(peer, theirs)}, stream);
    bool last = at.groups.count() == 1 && 2 * distance == at.group.size;
    combine(stream, kept, upper ? theirs : kept, upper ? kept : theirs, op.kind,
            last ? op.divisor : 1);
    held = held.half(upper);
  }
}

// Adds the later groups' totals to this group's, and passes the result on to the group before.
void flow_to_first(Communicator& communicator, const Place& at, Block data, Block room, ReduceOp op,
                   const Stream& stream) {
  if (at.k + 1 < at.groups.count()) {
    const RankGroup& next = at.groups[at.k + 1];
    Block held = slice(data, piece(data.count, at.member, at.group.size));
    Block theirs = room.slice(0, held.count);
    communicator.exchange({receive_from(next.first + at.member % next.size, theirs)}, stream);
    combine(stream, held, held, theirs, op.kind, at.k == 0 ? op.divisor : 1);
  }
  if (at.k > 0) {
    const RankGroup& before = at.groups[at.k - 1];
    std::vector<Transfer> transfers;
    for (int m = at.member; m < before.size; m += at.group.size)
      transfers.push_back(
          send_to(before.first + m, slice(data, piece(data.count, m, before.size))));
    communicator.transport().exchange(transfers, stream);
  }
}

// Hands every later group its pieces of the total.
void flow_back(Communicator& communicator, const Place& at, Block data, const Stream& stream) {
  std::vector<Transfer> transfers;
  const int pieces = at.groups[0].size;
  if (at.k == 0) {
    for (int g = 1; g < at.groups.count(); ++g)
      transfers.push_back(send_to(at.groups[g].first + at.member % at.groups[g].size,
                                  slice(data, piece(data.count, at.member, pieces))));
  } else {
    for (int m = at.member; m < pieces; m += at.group.size)
      transfers.push_back(receive_from(m, slice(data, piece(data.count, m, pieces))));
  }
  communicator.transport().exchange(transfers, stream);
}

void gather_in_group(Communicator& communicator, const Place& at, Block data,
                     const Stream& stream) {
  for (int distance = at.group.size / 2; distance >= 1; distance /= 2) {
    int other = at.member ^ distance;
    communicator.exchange(
        {send_to(at.group.first + other, slice(data, piece(data.count, at.member, 2 * distance))),
         receive_from(at.group.first + other, slice(data, piece(data.count, other, 2 * distance)))},
        stream);
  }
}

std::size_t elements_sent(int rank, int ranks, std::size_t count) {
  const Place at(rank, ranks);
  const auto length = [&](int member, int members) { return piece(count, member, members).size(); };
  std::size_t sent = 0;
  for (int distance = 1; distance < at.group.size; distance *= 2) {
    sent += length(at.member ^ distance, 2 * distance);  // what is given away
    sent += length(at.member, 2 * distance);             // what is gathered
  }
  std::size_t held = length(at.member, at.group.size);
  if (at.k > 0) return sent + held;
  return sent + held * (at.groups.count() - 1);
}

}  // namespace

void halving_doubling_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                                 const Stream& stream) {
  const Place at(communicator.rank(), communicator.size());
  Block like = data;
  like.count = at.group.size == 1 ? 0 : data.count - data.count / 2;  // a group of one is the last
  const Scratch room = communicator.scratch(like);
  reduce_in_group(communicator, at, data, room.block, op, stream);
  if (at.groups.count() > 1) {
    flow_to_first(communicator, at, data, room.block, op, stream);
    flow_back(communicator, at, data, stream);
  }
  gather_in_group(communicator, at, data, stream);
}

int halving_doubling_steps(const Problem& problem) {
  const BinaryBlocks groups(problem.ranks);
  return groups.steps_to_total() + (groups.count() > 1) + groups[0].levels();
}

std::size_t halving_doubling_bytes(const Problem& problem) {
  std::size_t most = 0;
  for (int rank = 0; rank < problem.ranks; ++rank)
    most = std::max(most, elements_sent(rank, problem.ranks, problem.count));
  return most * size_of(problem.dtype);
}

}  // namespace tutti::algorithms
