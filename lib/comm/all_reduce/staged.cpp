#include "tutti/comm/all_reduce/staged.h"

#include <cstring>

#include "comm/node/node.h"
#include "comm/node/shares.h"
#include "comm/reduce_many.h"
#include "comm/streaming.h"

namespace tutti::algorithms {
namespace {

// One rank's view of one call. Two chunks may be under way: stage(c) may overwrite the room of
// chunk c-2, because collect(c-2) has seen that all have reduced it; reduce(c) may overwrite the
// result of chunk c-2, because whoever has staged c has collected c-2.
class Stages {
 public:
  Stages(NodeMemory& node, Block in, Block out, ReduceOp op, Stores stores)
      : node_(node),
        in_(in),
        out_(out),
        op_(op),
        stores_(stores),
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

  // Into a room, for others to read soon.
  void put(std::byte* room, Block block) {
    if (stores_ == Stores::streaming)
      streaming_copy(room, block.data, block.bytes());
    else
      std::memcpy(room, block.data, block.bytes());
  }
  void publish(Word& word, std::uint64_t value) {
    if (stores_ == Stores::streaming) streaming_fence();
    node_.publish(word, value);
  }

  void stage(std::size_t c) {
    const Block whole = chunk(in_, c);
    std::byte* room = node_.staging(node_.me(), base_ + c);
    for (int k = 0; k < node_.members(); ++k) {
      if (k == node_.me()) continue;
      const Block theirs = part(whole, k, node_.members());
      put(room + offset(theirs, whole), theirs);
    }
    publish(node_.own().staged.word, base_ + c + 1);
  }

  void reduce(std::size_t c) {
    const Block whole = chunk(in_, c), mine = part(whole, node_.me(), node_.members());
    const Block result = part(chunk(out_, c), node_.me(), node_.members());
    const std::byte* inputs[NodeMemory::max_members];
    for (int k = 0; k < node_.members(); ++k) {
      inputs[k] = static_cast<std::byte*>(mine.data);
      if (k == node_.me()) continue;
      wait_for(&Board::staged, k, c);
      inputs[k] = node_.staging(k, base_ + c) + offset(mine, whole);
    }
    std::byte* room = node_.reduced(node_.me(), base_ + c);
    std::byte* const outputs[] = {static_cast<std::byte*>(result.data), room};
    const bool streams = stores_ == Stores::streaming;  // of the two outputs, only the room's
    const auto members = static_cast<std::size_t>(node_.members());
    reduce_many(
        {{inputs, members}, in_.dtype, {outputs, streams ? 1u : 2u}, out_.dtype, mine.count},
        op_.kind, op_.divisor, Stores::ordinary);
    if (streams) streaming_copy(room, result.data, result.bytes());
    publish(node_.own().reduced.word, base_ + c + 1);
  }

  void collect(std::size_t c) {
    for (int step = 1; step < node_.members(); ++step) {
      const int k = (node_.me() + step) % node_.members();
      const Block theirs = part(chunk(out_, c), k, node_.members());
      wait_for(&Board::reduced, k, c);
      std::memcpy(theirs.data, node_.reduced(k, base_ + c), theirs.bytes());
    }
  }

  NodeMemory& node_;
  Block in_, out_;
  ReduceOp op_;
  Stores stores_;
  std::uint64_t base_;
  std::size_t per_chunk_, chunks_;
};

}  // namespace

void staged_all_reduce(Communicator& communicator, Block in, Block out, ReduceOp op,
                       const Stream&) {
  const Stores stores = in.bytes() >= communicator.cost_model().staged_streams_from
                            ? Stores::streaming
                            : Stores::ordinary;
  Stages(*communicator.transport().node(), in, out, op, stores).run();
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
