#include "comm/mpi_exchange.h"

#include <algorithm>

#include "comm/mpi_world.h"
#include "comm/patience.h"

namespace tutti {

MpiExchange::MpiExchange(MPI_Comm channel, std::size_t piece_bytes)
    : channel_(channel), piece_bytes_(piece_bytes) {}

void MpiExchange::start(std::span<const WireMessage> messages) {
  for (const WireMessage& message : messages) {
    if (message.arrived && message.block.bytes() > piece_bytes_)
      raise("MPI: found room for ", message.block.bytes(), " bytes of a message that may be ",
            "shorter, expected at most the ", piece_bytes_, " bytes of one piece");
    if (message.block.bytes() > 0) flows_.push_back({message});
  }
  start_pieces();
}

// MPI matches messages of two ranks in the order of their start: block after block.
bool MpiExchange::waits_for_turn(std::size_t flow) const {
  const Transfer& mine = flows_[flow].transfer;
  return std::any_of(
      flows_.begin(), flows_.begin() + static_cast<std::ptrdiff_t>(flow), [&](const Flow& earlier) {
        return earlier.transfer.peer == mine.peer && earlier.transfer.kind == mine.kind &&
               earlier.started < earlier.transfer.block.bytes();
      });
}

void MpiExchange::start_pieces() {
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    Flow& flow = flows_[i];
    const Transfer& transfer = flow.transfer;
    const std::size_t bytes = transfer.block.bytes();
    if (flow.started == bytes || waits_for_turn(i)) continue;
    for (; flow.started < bytes && flow.under_way < most_under_way; ++flow.under_way) {
      auto* data = static_cast<std::byte*>(transfer.block.data) + flow.started;
      const int count = static_cast<int>(std::min(piece_bytes_, bytes - flow.started));
      MPI_Request* request = &requests_.emplace_back(MPI_REQUEST_NULL);
      pieces_.push_back({i, count});
      if (transfer.kind == Transfer::Kind::send)
        check_mpi(MPI_Isend(data, count, MPI_BYTE, transfer.peer, 0, channel_, request),
                  "MPI_Isend");
      else
        check_mpi(MPI_Irecv(data, count, MPI_BYTE, transfer.peer, 0, channel_, request),
                  "MPI_Irecv");
      flow.started += static_cast<std::size_t>(count);
    }
  }
}

bool MpiExchange::advance() {
  if (!requests_.empty()) {
    int done = 0;
    statuses_.resize(requests_.size());
    indices_.resize(requests_.size());
    const int code = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &done,
                                  indices_.data(), statuses_.data());
    if (code != MPI_ERR_IN_STATUS) check_mpi(code, "MPI_Testsome");
    if (done == 0) return false;
    // All arrivals are told before the first error: the caller may know better what is wrong.
    for (int i = 0; i < done; ++i) {
      if (code == MPI_SUCCESS)
        statuses_[i].MPI_ERROR = MPI_SUCCESS;  // else MPI leaves it as it was
      finish(pieces_[indices_[i]], statuses_[i]);
    }
    for (int i = 0; i < done; ++i) check(pieces_[indices_[i]], statuses_[i]);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i] == MPI_REQUEST_NULL) continue;
      requests_[kept] = requests_[i];
      pieces_[kept++] = pieces_[i];
    }
    requests_.resize(kept);
    pieces_.resize(kept);
    start_pieces();
    if (!requests_.empty()) return false;
  }
  flows_.clear();
  return true;
}

int MpiExchange::bytes_of(const MPI_Status& status) {
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  return bytes;
}

void MpiExchange::finish(const Piece& piece, const MPI_Status& status) {
  Flow& flow = flows_[piece.flow];
  --flow.under_way;
  if (flow.transfer.arrived && status.MPI_ERROR == MPI_SUCCESS)
    *flow.transfer.arrived = static_cast<std::size_t>(bytes_of(status));
}

void MpiExchange::check(const Piece& piece, const MPI_Status& status) const {
  const WireMessage& transfer = flows_[piece.flow].transfer;
  int error = status.MPI_ERROR;
  if (error != MPI_SUCCESS) MPI_Error_class(error, &error);
  const bool longer = error == MPI_ERR_TRUNCATE;
  if (!longer) check_mpi(status.MPI_ERROR, "MPI_Testsome");
  if (transfer.kind == Transfer::Kind::send) return;
  const int found = longer ? 0 : bytes_of(status);
  if (!longer && (found == piece.bytes || transfer.arrived)) return;
  int rank = 0, size = 0;
  MPI_Comm_rank(channel_, &rank);
  MPI_Comm_size(channel_, &size);
  raise_other_size(rank, size, transfer.peer,
                   longer ? text("more than ", piece.bytes) : text(found), piece.bytes);
}

std::vector<int> MpiExchange::missing() {
  std::vector<int> peers;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    int done = 0;
    check_mpi(MPI_Request_get_status(requests_[i], &done, MPI_STATUS_IGNORE),
              "MPI_Request_get_status");
    if (!done) peers.push_back(flows_[pieces_[i].flow].transfer.peer);
  }
  return peers;
}

// The caller may free the blocks: a request that MPI still holds must end first, if it can.
void MpiExchange::abandon() noexcept {
  for (std::size_t i = 0; i < requests_.size(); ++i)
    if (requests_[i] != MPI_REQUEST_NULL &&
        flows_[pieces_[i].flow].transfer.kind == Transfer::Kind::receive)
      MPI_Cancel(&requests_[i]);
  wait_at_most(std::chrono::milliseconds(50), [&] {
    bool all_done = true;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i] == MPI_REQUEST_NULL) continue;
      int done = 0, cancelled = 0;
      MPI_Status status;
      status.MPI_ERROR = MPI_Test(&requests_[i], &done, &status);
      if (done) MPI_Test_cancelled(&status, &cancelled);
      if (done && !cancelled) finish(pieces_[i], status);
      all_done = all_done && done;
    }
    return all_done;
  });
  requests_.clear();
  pieces_.clear();
  flows_.clear();
}

}  // namespace tutti
