#include "comm/mpi_transport.h"

#include <algorithm>
#include <numeric>

#include "comm/patience.h"
#include "comm/staging.h"
#include "tutti/comm/block_math.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

// A post may overtake what its rank sent before; and where all ranks meet the same error, each
// should get past this exchange to its own.
constexpr auto grace = 50ms;

MPI_Datatype mpi_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32:
      return MPI_FLOAT;
    case Dtype::f64:
      return MPI_DOUBLE;
    case Dtype::i32:
      return MPI_INT32_T;
    case Dtype::i64:
      return MPI_INT64_T;
    case Dtype::u8:
      return MPI_UINT8_T;
    default:
      raise("all_reduce: MPI cannot reduce ", dtype, "; convert to f32 first");
  }
}

MPI_Op mpi_op(ReduceOp::Kind kind) {
  switch (kind) {
    case ReduceOp::Kind::min:
      return MPI_MIN;
    case ReduceOp::Kind::max:
      return MPI_MAX;
    case ReduceOp::Kind::product:
      return MPI_PROD;
    default:
      return MPI_SUM;
  }
}

std::vector<int> all_ranks(int size) {
  std::vector<int> ranks(size);
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

}  // namespace

MpiTransport::MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t chunk_bytes)
    : MpiTransport(world, chunk_bytes, world->ranks(), all_ranks(world->size())) {}

MpiTransport::MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t chunk_bytes,
                           MPI_Comm channel, std::vector<int> members)
    : world_(std::move(world)),
      channel_(channel),
      chunk_bytes_(chunk_bytes),
      members_(std::move(members)),
      positions_(positions_among(world_->positions(), members_)) {
  check_mpi(MPI_Comm_rank(channel_, &rank_), "MPI_Comm_rank");
}

void MpiTransport::exchange(std::span<const Transfer> transfers, const Stream& stream) {
  Staging staging(host_, stream);
  std::vector<Transfer> on_host(transfers.begin(), transfers.end());
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    on_host[i].block = staging.room_for(transfers[i].block);
    if (transfers[i].kind == Transfer::Kind::send)
      staging.load(on_host[i].block, transfers[i].block);
  }
  staging.synchronize();
  start(on_host);
  complete();
  for (std::size_t i = 0; i < transfers.size(); ++i)
    if (transfers[i].kind == Transfer::Kind::receive)
      staging.store(transfers[i].block, on_host[i].block);
  staging.synchronize();
}

void MpiTransport::start(std::span<const Transfer> transfers) {
  for (const Transfer& transfer : transfers) start(transfer);
}

void MpiTransport::start(const Transfer& transfer) {
  auto* data = static_cast<std::byte*>(transfer.block.data);
  for (std::size_t left = transfer.block.bytes(), part; left > 0; left -= part, data += part) {
    part = std::min(left, chunk_bytes_);
    int count = static_cast<int>(part);
    MPI_Request* request = &requests_.emplace_back(MPI_REQUEST_NULL);
    if (transfer.kind == Transfer::Kind::send) {
      pending_.push_back({transfer.peer});
      check_mpi(MPI_Isend(data, count, MPI_BYTE, transfer.peer, 0, channel_, request), "MPI_Isend");
    } else {
      pending_.push_back({transfer.peer, count});
      check_mpi(MPI_Irecv(data, count, MPI_BYTE, transfer.peer, 0, channel_, request), "MPI_Irecv");
    }
  }
}

bool MpiTransport::advance() {
  if (requests_.empty()) return true;
  statuses_.resize(requests_.size());
  int done = 0;
  int code =
      MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, statuses_.data());
  if (code != MPI_SUCCESS) {
    for (const MPI_Status& status : statuses_)
      if (code == MPI_ERR_IN_STATUS && status.MPI_ERROR != MPI_ERR_PENDING)
        check_mpi(status.MPI_ERROR, "MPI_Testall");
    check_mpi(code, "MPI_Testall");
  }
  if (!done) return false;
  check_received();
  requests_.clear();
  pending_.clear();
  return true;
}

void MpiTransport::complete() {
  Patience patience;
  const auto begin = std::chrono::steady_clock::now();
  try {
    while (!advance()) {
      if (!patience.pause()) continue;
      look();
      if (guard_) guard_(std::chrono::steady_clock::now() - begin);
    }
  } catch (...) {
    abandon();
    throw;
  }
}

void MpiTransport::check_received() {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (pending_[i].expected < 0) continue;
    int found = 0;
    check_mpi(MPI_Get_count(&statuses_[i], MPI_BYTE, &found), "MPI_Get_count");
    if (found != pending_[i].expected)
      raise("rank ", rank(), " of ", size(), ": found ", found, " bytes from rank ",
            pending_[i].peer, ", expected ", pending_[i].expected,
            "; all ranks must pass the same count and dtype");
  }
}

void MpiTransport::look() {
  if (cancelled_) raise("rank ", rank(), ": found its communicator gone before a call was done");
  if (world_->poll() == 0) return;
  Posts posts = world_->posts();
  int finished_peer = peer_that_has_finished(posts);
  bool ended_here = posts.of(world_->rank()).has_value();
  if (!ended_here && finished_peer < 0 && !posts.any_failed()) {
    doomed_since_ = {};
    return;
  }
  auto now = std::chrono::steady_clock::now();
  if (doomed_since_ == decltype(doomed_since_){}) doomed_since_ = now;
  if (!ended_here && now - doomed_since_ < grace) return;
  posts.check();
  posts.raise_finished(finished_peer);
}

// A finished rank whose message is still missing; -1 if there is none.
int MpiTransport::peer_that_has_finished(const Posts& posts) {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (pending_[i].peer < 0 || !posts.has_finished(members_[pending_[i].peer])) continue;
    int done = 0;
    check_mpi(MPI_Request_get_status(requests_[i], &done, MPI_STATUS_IGNORE),
              "MPI_Request_get_status");
    if (!done) return members_[pending_[i].peer];
  }
  return -1;
}

// The caller may free the blocks: a request that MPI still holds must end first, if it can.
void MpiTransport::abandon() noexcept {
  statuses_.resize(requests_.size());
  for (std::size_t i = 0; i < requests_.size(); ++i)
    if (requests_[i] != MPI_REQUEST_NULL && pending_[i].expected >= 0) MPI_Cancel(&requests_[i]);
  wait_at_most(grace, [&] {
    int done = 0;
    MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, statuses_.data());
    return done != 0;
  });
  requests_.clear();
  pending_.clear();
}

void MpiTransport::vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) {
  Staging staging(host_, stream);
  Block room = staging.room_for(data);
  staging.load(room, data);
  staging.synchronize();
  const std::size_t step = std::max<std::size_t>(1, chunk_bytes_ / size_of(data.dtype));
  for (std::size_t begin = 0; begin < room.count; begin += step) {
    Block part = room.slice(begin, std::min(begin + step, room.count));
    pending_.push_back({});
    check_mpi(
        MPI_Iallreduce(MPI_IN_PLACE, part.data, static_cast<int>(part.count), mpi_type(part.dtype),
                       mpi_op(op.kind), channel_, &requests_.emplace_back(MPI_REQUEST_NULL)),
        "MPI_Iallreduce");
    complete();
  }
  divide(CpuStream{}, room, op.divisor);
  staging.store(data, room);
  staging.synchronize();
}

std::shared_ptr<Transport> MpiTransport::split(int colour, int key) {
  MPI_Comm channel = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(channel_, colour, key, &channel), "MPI_Comm_split");
  world_->adopt(channel);
  const int self = world_->rank();
  int count = 0;
  check_mpi(MPI_Comm_size(channel, &count), "MPI_Comm_size");
  std::vector<int> places(count);
  check_mpi(MPI_Allgather(&self, 1, MPI_INT, places.data(), 1, MPI_INT, channel), "MPI_Allgather");
  return std::shared_ptr<Transport>(
      new MpiTransport(world_, chunk_bytes_, channel, std::move(places)));
}

}  // namespace tutti
