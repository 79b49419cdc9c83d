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

MpiTransport::MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t piece_bytes)
    : MpiTransport(world, piece_bytes, world->ranks(), all_ranks(world->size())) {}

MpiTransport::MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t piece_bytes,
                           MPI_Comm channel, std::vector<int> members)
    : world_(std::move(world)),
      channel_(channel),
      piece_bytes_(piece_bytes),
      members_(std::move(members)),
      positions_(positions_among(world_->positions(), members_)),
      exchange_(channel, piece_bytes) {
  check_mpi(MPI_Comm_rank(channel_, &rank_), "MPI_Comm_rank");
}

void MpiTransport::exchange(std::span<const Transfer> transfers, const Stream& stream) {
  Staging staging(host_, stream);
  std::vector<WireMessage> on_host;
  on_host.reserve(transfers.size());
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    on_host.push_back({transfers[i]});
    on_host[i].block = staging.room_for(transfers[i].block);
    if (transfers[i].kind == Transfer::Kind::send)
      staging.load(on_host[i].block, transfers[i].block);
  }
  staging.synchronize();
  try {
    start(on_host);
    wait_until([&] { return advance(); });
  } catch (...) {
    abandon();
    throw;
  }
  for (std::size_t i = 0; i < transfers.size(); ++i)
    if (transfers[i].kind == Transfer::Kind::receive)
      staging.store(transfers[i].block, on_host[i].block);
  staging.synchronize();
}

template <class Done>
void MpiTransport::wait_until(Done done) {
  Patience patience;
  const auto begin = std::chrono::steady_clock::now();
  while (!done()) {
    if (!patience.pause()) continue;
    look();
    if (guard_) guard_(std::chrono::steady_clock::now() - begin);
  }
}

void MpiTransport::complete(MPI_Request& request) {
  wait_until([&] {
    int done = 0;
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    return done != 0;
  });
}

// MPI writes into the block until the call is done, which nobody can cancel: all ranks have met in
// front of it, so it ends soon, unless one of them has died.
void MpiTransport::let_go(MPI_Request& request) noexcept {
  wait_at_most(1s, [&] {
    int done = 0;
    return MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done;
  });
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

std::span<const std::string> MpiTransport::announced() {
  world_->take_announced(channel_, [&](int from, const std::string& bytes) {
    announced_.resize(members_.size());
    announced_[static_cast<std::size_t>(from)] = bytes;
  });
  return announced_;
}

// A finished rank whose message is still missing; -1 if there is none.
int MpiTransport::peer_that_has_finished(const Posts& posts) {
  for (const int peer : exchange_.missing())
    if (posts.has_finished(members_[peer])) return members_[peer];
  return -1;
}

void MpiTransport::vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) {
  Staging staging(host_, stream);
  Block room = staging.room_for(data);
  staging.load(room, data);
  staging.synchronize();
  constexpr std::size_t most_bytes = 1 << 30;  // a count is an int
  const std::size_t step = most_bytes / size_of(data.dtype);
  for (std::size_t begin = 0; begin < room.count; begin += step) {
    Block part = room.slice(begin, std::min(begin + step, room.count));
    MPI_Request request;
    check_mpi(MPI_Iallreduce(MPI_IN_PLACE, part.data, static_cast<int>(part.count),
                             mpi_type(part.dtype), mpi_op(op.kind), channel_, &request),
              "MPI_Iallreduce");
    try {
      complete(request);
    } catch (...) {
      let_go(request);
      throw;
    }
  }
  divide(CpuStream{}, room, op.divisor);
  staging.store(data, room);
  staging.synchronize();
}

// MPI's blocking calls wait for ever: all ranks come here before one, watched.
void MpiTransport::meet() {
  MPI_Request request;
  check_mpi(MPI_Ibarrier(channel_, &request), "MPI_Ibarrier");
  complete(request);
}

MPI_Comm MpiTransport::duplicate() {
  meet();
  MPI_Comm made = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(channel_, &made), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(made, MPI_ERRORS_ARE_FATAL), "MPI_Comm_set_errhandler");
  return made;
}

std::shared_ptr<Transport> MpiTransport::split(int colour, int key) {
  meet();
  MPI_Comm channel = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(channel_, colour, key, &channel), "MPI_Comm_split");
  world_->adopt(channel);
  const int self = world_->rank();
  int count = 0;
  check_mpi(MPI_Comm_size(channel, &count), "MPI_Comm_size");
  std::vector<int> places(count);
  meet();
  check_mpi(MPI_Allgather(&self, 1, MPI_INT, places.data(), 1, MPI_INT, channel), "MPI_Allgather");
  return std::shared_ptr<Transport>(
      new MpiTransport(world_, piece_bytes_, channel, std::move(places)));
}

}  // namespace tutti
