#include "tutti/comm/all_reduce/staged.h"

#include <cstring>

#include "comm/node/node.h"
#include "comm/node/shares.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// One rank's view of one call. Two chunks may be under way: before stage(c) collect(c-2) has seen
// that all have read what was staged of c-2; before reduce(c) is seen that all have staged c, and
// so collected the result of c-2.
class Stages {
 public:
  Stages(NodeMemory& node, Block in, Block out, ReduceOp op)
      : node_(node),
        in_(in),
        out_(out),
        op_(op),
        base_(node.staged_chunks),
        per_chunk_(NodeMemory::chunk_bytes / size_of(in.dtype)),
        chunks_((in.count + per_chunk_ - 1) / per_chunk_) {}

  void run() {
    for (std::size_t i = 0; i < chunks_ + 2; ++i) {
      if (i >= 2) collect(i - 2);
      if (i < chunks_) stage(i);
      if (i == 0) node_.meet();  // before anybody's result is written
      if (i >= 1 && i <= chunks_) reduce(i - 1);
    }
    node_.staged_chunks = base_ + chunks_;
  }

 private:
  Block chunk(Block whole, std::size_t c) const {
    return whole.slice(c * per_chunk_, std::min((c + 1) * per_chunk_, whole.count));
  }
  static Block part(Block chunk, int member, int members) {
    const ElementRange share = line_share(chunk.count, chunk.dtype, member, members);
    return chunk.slice(share.begin, share.end);
  }
  std::size_t offset(Block part, Block chunk) const {
    return static_cast<std::size_t>(static_cast<std::byte*>(part.data) -
                                    static_cast<std::byte*>(chunk.data));
  }
  void wait_for(Line Board::*line, int member, std::size_t c) {
    const Word& word = (node_.board(member).*line).word;
    node_.wait([&] { return word.load(std::memory_order_acquire) >= base_ + c + 1; });
  }

  void stage(std::size_t c) {
    const Block whole = chunk(in_, c);
    staged_[c % 2] = node_.take_room(whole.bytes());
    std::byte* room = node_.room(node_.me(), staged_[c % 2]);
    auto& exchange = exchange_[c % 2] = node_.room_stores.begin(whole.bytes());
    exchange.run([&] {
      for (int k = 0; k < node_.members(); ++k) {
        if (k == node_.me()) continue;
        const Block theirs = part(whole, k, node_.members());
        copy(exchange.stores(), room + offset(theirs, whole), theirs.data, theirs.bytes());
      }
      if (exchange.stores() == Stores::streaming) streaming_fence();
    });
    node_.publish(node_.own().staged.word, base_ + c + 1);
  }

  void reduce(std::size_t c) {
    const Block whole = chunk(in_, c), mine = part(whole, node_.me(), node_.members());
    const Block result = part(chunk(out_, c), node_.me(), node_.members());
    const std::byte* inputs[NodeMemory::max_members];
    for (int k = 0; k < node_.members(); ++k) {
      inputs[k] = static_cast<std::byte*>(mine.data);
      if (k == node_.me()) continue;
      wait_for(&Board::staged, k, c);
      inputs[k] = node_.room(k, staged_[c % 2]) + offset(mine, whole);
    }
    reduced_[c % 2] = node_.take_room(
        longest_line_share(whole.count, whole.dtype, node_.members()) * size_of(whole.dtype));
    std::byte* room = node_.room(node_.me(), reduced_[c % 2]);
    std::byte* const outputs[] = {static_cast<std::byte*>(result.data), room};
    auto& exchange = exchange_[c % 2];
    // Of the two outputs, the room's.
    const bool streams = exchange.stores() == Stores::streaming;
    const auto members = static_cast<std::size_t>(node_.members());
    exchange.run([&] {
      reduce_many(
          {{inputs, members}, in_.dtype, {outputs, streams ? 1u : 2u}, out_.dtype, mine.count},
          op_.kind, op_.divisor, Stores::ordinary);
      if (!streams) return;
      streaming_copy(room, result.data, result.bytes());
      streaming_fence();
    });
    node_.publish(node_.own().reduced.word, base_ + c + 1);
  }

  void collect(std::size_t c) {
    for (int step = 1; step < node_.members(); ++step) {
      const int k = (node_.me() + step) % node_.members();
      const Block theirs = part(chunk(out_, c), k, node_.members());
      wait_for(&Board::reduced, k, c);
      exchange_[c % 2].run(
          [&] { std::memcpy(theirs.data, node_.room(k, reduced_[c % 2]), theirs.bytes()); });
    }
    node_.room_stores.end(exchange_[c % 2]);
  }

  NodeMemory& node_;
  Block in_, out_;
  ReduceOp op_;
  std::uint64_t base_;
  std::size_t per_chunk_, chunks_;
  // Of the two chunks under way:
  std::size_t staged_[2] = {}, reduced_[2] = {};  // their rooms
  StoreChoice::Exchange exchange_[2];
};

}  // namespace

void staged_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                       const ReduceOp& op, const Stream&) {
  Stages(*communicator.transport().node(), in, out, op).run();
}

bool staged_fits(const Problem& problem) {
  return problem.in_one_node() && problem.memory == Memory::heap;
}

int staged_steps(const Problem& problem) {
  const std::size_t chunks =
      (problem.bytes() + NodeMemory::chunk_bytes - 1) / NodeMemory::chunk_bytes;
  return 1 + 2 * static_cast<int>(chunks);
}

std::size_t staged_bytes(const Problem& problem) {
  return 2 * problem.bytes();  // at most: what others reduce, and the share of the result
}

}  // namespace tutti::algorithms
