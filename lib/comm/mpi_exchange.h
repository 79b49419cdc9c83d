// Messages of one exchange over MPI, piece by piece.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <span>
#include <vector>

#include "comm/polling_transport.h"

namespace tutti {

/// Long blocks travel as pieces, of which only a few are under way: what a fast sender pours into a
/// slow network at once stands in queues, and delays the acknowledgements of what comes back. (Two
/// hosts at 1 Gbit/s, both ways: 8 MiB at once took 1.4 to 1.9 times as long as the wire needs.)
class MpiExchange {
 public:
  /// Pieces that MPI sends eagerly over most networks.
  static constexpr std::size_t usual_piece = 32 << 10;
  static constexpr int most_under_way = 8;  ///< pieces of one block

  MpiExchange(MPI_Comm channel, std::size_t piece_bytes);

  /// Blocks of host memory; peers are ranks of the channel.
  void start(std::span<const WireMessage> messages);
  /// Lets messages make progress; true when all are complete. Error when a peer sent another size,
  /// after what else has arrived was told.
  bool advance();
  /// After an exception: gives the blocks back, as far as MPI does.
  void abandon() noexcept;
  /// The peers of pieces that are missing.
  std::vector<int> missing();

 private:
  struct Flow {
    WireMessage transfer;
    std::size_t started = 0;  ///< bytes
    int under_way = 0;        ///< pieces
  };
  struct Piece {
    std::size_t flow;
    int bytes;
  };
  void start_pieces();
  bool waits_for_turn(std::size_t flow) const;
  static int bytes_of(const MPI_Status& status);
  void finish(const Piece& piece, const MPI_Status& status);
  void check(const Piece& piece, const MPI_Status& status) const;

  MPI_Comm channel_;
  std::size_t piece_bytes_;
  // Kept so that their memory is reused.
  std::vector<Flow> flows_;
  std::vector<Piece> pieces_;
  std::vector<MPI_Request> requests_;  ///< of the pieces
  std::vector<MPI_Status> statuses_;
  std::vector<int> indices_;
};

}  // namespace tutti
