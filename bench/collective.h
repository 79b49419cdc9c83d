// What the bench knows of a collective: how to call it, what it must give, what it must move.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "comm/reduce_many.h"
#include "mpi_peer.h"
#include "tutti/comm/communicator.h"

namespace tutti::bench {

/// What all ranks pass.
struct Case {
  int ranks = 1;
  int root = 0;
  std::size_t count = 0;  ///< elements of the size column: the larger block of any rank
  Dtype dtype = Dtype::f32;
  ReduceOp op{};
  Order order = Order::canonical;
  bool in_place = false;
  std::string_view algorithm{};  ///< empty: the library chooses

  std::size_t bytes() const { return count * size_of(dtype); }
  std::size_t per_rank() const { return count / static_cast<std::size_t>(ranks); }
};

/// One rank's call. In place, the smaller of its blocks lies in the larger one.
struct Call {
  Case what;
  int rank = 0;
  Block in, out;
};

/// A part of a rank's result: elements [from, from + count) of the input of `rank`, or of the
/// reduction of all inputs.
struct Stretch {
  static constexpr int all = -1;
  std::size_t count;
  int rank;
  std::size_t from;
};
using Result = std::vector<Stretch>;

class FloorRooms;

/// Loads and stores of one rank, to be timed.
using Work = std::function<void()>;

/// One row of collectives().
struct Collective {
  std::string_view name;
  std::string_view about;
  bool sized = true;         ///< whether it moves data
  bool reduces = false;      ///< whether it takes an operator
  bool rooted = false;       ///< whether it takes a root
  bool divided = false;      ///< whether every rank has a share: counts are multiples of ranks
  bool out_of_place = true;  ///< whether input and output can be apart
  bool in_place = true;      ///< whether they can be together

  /// Elements of a rank's input; null where it is that of the result.
  std::size_t (*input)(const Case&, int rank) = nullptr;
  /// A rank's result, part by part.
  Result (*result)(const Case&, int rank) = nullptr;
  /// Bus bandwidth over algorithm bandwidth, as nccl-tests define it.
  double (*bus_factor)(int ranks) = nullptr;
  void (*ours)(Communicator&, const Call&) = nullptr;
  void (*mpi)(const MpiPeer&, const Call&) = nullptr;
  bool mpi_result_in_front = false;  ///< MPI's result in place stands at the input's beginning

  /// The names that Case::algorithm may have; null where there is no choice.
  std::vector<std::string_view> (*algorithms)() = nullptr;
  /// The algorithm that would run; empty where the named one does not fit.
  std::string_view (*algorithm)(const Communicator&, const Call&) = nullptr;
  /// Its own least loads and stores; null: every rank fetches its result from the inputs.
  Work (*floor)(Communicator&, const Call&, FloorRooms&, Stores) = nullptr;
  /// Counts what goes wrong beside the result; null: nothing can.
  std::uint64_t (*check)(Communicator&, const Work& call) = nullptr;
};

/// The share of bytes that must leave a rank when each has one of `ranks` parts.
inline double others_share(int ranks) {
  return static_cast<double>(ranks - 1) / ranks;
}

}  // namespace tutti::bench
