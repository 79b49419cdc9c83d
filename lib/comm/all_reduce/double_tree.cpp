#include "tutti/comm/all_reduce/double_tree.h"

#include <algorithm>
#include <bit>

#include "comm/binomial.h"
#include "tutti/comm/block_math.h"
#include "tutti/comm/share.h"

namespace tutti::algorithms {
namespace {

constexpr std::size_t chunk_bytes = 64 << 10;
// More would not shorten the way through the tree by much, and cost a wait each.
constexpr std::size_t most_chunks = 64;

int chunks_of(std::size_t count, Dtype dtype) {
  const std::size_t half = (count - count / 2) * size_of(dtype);
  return static_cast<int>(
      std::clamp<std::size_t>((half + chunk_bytes - 1) / chunk_bytes, 1, most_chunks));
}

// A place in the first tree: its root is 0, which has one child; odd places are leaves; others lie
// between their children. Missing neighbours are -1.
struct TreePlace {
  TreePlace(int place, int places) : parent(-1), children{-1, -1} {
    const int bit = place == 0 ? static_cast<int>(std::bit_ceil(static_cast<unsigned>(places)))
                               : place & -place;
    if (place > 0) {
      parent = (place ^ bit) | bit << 1;
      if (parent >= places) parent = place ^ bit;
      if (bit > 1) children[0] = place - bit / 2;
    }
    int distance = bit / 2;  // the upper subtree is cut off at the last place
    while (distance > 0 && place + distance >= places) distance /= 2;
    if (distance > 0) children[1] = place + distance;
  }
  int parent;
  int children[2];
};

// This rank in one of the two trees, whose neighbours are ranks.
struct Tree {
  Tree(int which, int rank, int ranks) : neighbours(place_in(which, rank, ranks), ranks) {
    for (int place = place_in(which, rank, ranks); place > 0;
         place = TreePlace(place, ranks).parent)
      ++depth;
    for (int* one : {&neighbours.parent, &neighbours.children[0], &neighbours.children[1]})
      if (*one >= 0) *one = rank_in(which, *one, ranks);
  }
  // The second tree is the first one's mirror image where that swaps odd and even, else its shift.
  static int place_in(int which, int rank, int ranks) {
    if (which == 0) return rank;
    return ranks % 2 == 0 ? ranks - 1 - rank : (rank + ranks - 1) % ranks;
  }
  static int rank_in(int which, int place, int ranks) {
    if (which == 0) return place;
    return ranks % 2 == 0 ? ranks - 1 - place : (place + 1) % ranks;
  }
  int messages() const {
    return (neighbours.parent >= 0) + (neighbours.children[0] >= 0) + (neighbours.children[1] >= 0);
  }
  TreePlace neighbours;
  int depth = 0;
};

// One half of the data on its way through one tree. In step s, ranks at depth d send chunk
// s - (H - d) up and chunk s - (H + d) down, where H is the height.
class Half {
 public:
  Half(const Tree& tree, Block data, Block room, int chunks, int height, ReduceOp op)
      : tree_(tree), data_(data), room_(room), chunks_(chunks), height_(height), op_(op) {}

  void add_transfers(int step, std::vector<Transfer>& transfers) const {
    const auto& [parent, children] = tree_.neighbours;
    const int up = step - (height_ - tree_.depth), down = step - (height_ + tree_.depth);
    if (parent >= 0) {
      if (is_chunk(up)) transfers.push_back(send_to(parent, chunk(up)));
      if (is_chunk(down + 1)) transfers.push_back(receive_from(parent, chunk(down + 1)));
    }
    for (int k = 0; k < 2; ++k) {
      if (children[k] < 0) continue;
      if (is_chunk(up + 1)) transfers.push_back(receive_from(children[k], theirs(k, up + 1)));
      if (is_chunk(down)) transfers.push_back(send_to(children[k], chunk(down)));
    }
  }

  void combine_received(int step, const Stream& stream) const {
    const auto& children = tree_.neighbours.children;
    const int received = step - (height_ - tree_.depth) + 1;
    if (!is_chunk(received)) return;
    const int last = children[1] >= 0 ? 1 : 0;
    const bool is_root = tree_.neighbours.parent < 0;
    for (int k = 0; k < 2; ++k)
      if (children[k] >= 0)
        combine(stream, chunk(received), chunk(received), theirs(k, received), op_.kind,
                is_root && k == last ? op_.divisor : 1);
  }

 private:
  bool is_chunk(int c) const { return c >= 0 && c < chunks_; }
  Block chunk(int c) const { return share(data_, c, chunks_); }
  Block theirs(int child, int c) const { return share(room_, child, 2).slice(0, chunk(c).count); }

  const Tree& tree_;
  Block data_, room_;
  int chunks_, height_;
  ReduceOp op_;
};

}  // namespace

void double_tree_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                            const Stream& stream) {
  const int rank = communicator.rank(), ranks = communicator.size();
  const int chunks = chunks_of(data.count, data.dtype), height = binomial_levels(ranks);
  const Tree trees[] = {{0, rank, ranks}, {1, rank, ranks}};
  Block like = data;
  like.count = 4 * (data.count / 2 / chunks + 2);  // a chunk of each child in each tree
  const Scratch room = communicator.scratch(like);
  const Half halves[] = {
      {trees[0], share(data, 0, 2), share(room.block, 0, 2), chunks, height, op},
      {trees[1], share(data, 1, 2), share(room.block, 1, 2), chunks, height, op}};
  std::vector<Transfer> transfers;
  for (int step = 0; step < 2 * height + chunks - 1; ++step) {
    transfers.clear();
    for (const Half& half : halves) half.add_transfers(step, transfers);
    communicator.transport().exchange(transfers, stream);
    for (const Half& half : halves) half.combine_received(step, stream);
  }
}

int double_tree_steps(const Problem& problem) {
  return 2 * binomial_levels(problem.ranks) + chunks_of(problem.count, problem.dtype) - 1;
}

std::size_t double_tree_bytes(const Problem& problem) {
  std::size_t most = 0;
  const std::size_t lower = problem.count / 2, upper = problem.count - lower;
  for (int rank = 0; rank < problem.ranks; ++rank)
    most = std::max(most, lower * Tree(0, rank, problem.ranks).messages() +
                              upper * Tree(1, rank, problem.ranks).messages());
  return most * size_of(problem.dtype);
}

}  // namespace tutti::algorithms
