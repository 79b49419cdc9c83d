#include "comm/mpi_world.h"

#include <cstring>

#include "comm/node/greeting.h"
#include "comm/node/watch.h"
#include "comm/patience.h"
#include "comm/polling_transport.h"

namespace tutti {
namespace {

constexpr std::size_t longest_message = 2000;  // stays an eager message of any MPI

MPI_Comm checked_duplicate(MPI_Comm from) {
  MPI_Comm to;
  check_mpi(MPI_Comm_dup(from, &to), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(to, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return to;
}

// What the variable says wrongly is told once all ranks can hear it.
std::chrono::milliseconds limit_of_start() {
  try {
    return wait_limit();
  } catch (const Error&) {
    return std::chrono::minutes(5);
  }
}

// MPI's blocking calls wait for ever: all ranks come here before one, with a deadline.
void meet(MPI_Comm ranks) {
  MPI_Request request;
  check_mpi(MPI_Ibarrier(ranks, &request), "MPI_Ibarrier");
  int done = 0;
  const auto limit = limit_of_start();
  const auto begin = std::chrono::steady_clock::now();
  for (Patience patience; !done; patience.pause()) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done || std::chrono::steady_clock::now() - begin < limit) continue;
    int rank = 0, size = 0;
    MPI_Comm_rank(ranks, &rank);
    MPI_Comm_size(ranks, &size);
    raise(
        "rank ", rank, " of ", size, ": has waited for ",
        std::chrono::duration<double>(limit).count(),
        " s (TUTTI_TIMEOUT) for the other ranks of an MPI communicator to begin; all of them must "
        "call run(), or make the Session");
  }
}

std::string encode(const Post& post) {
  std::string bytes(1 + sizeof(int), '\0');
  bytes[0] = static_cast<char>(post.kind);
  std::memcpy(bytes.data() + 1, &post.origin, sizeof(int));
  return bytes + post.message.substr(0, longest_message);
}

Post decode(const std::string& bytes) {
  Post post;
  post.kind = static_cast<Post::Kind>(bytes[0]);
  std::memcpy(&post.origin, bytes.data() + 1, sizeof(int));
  post.message = bytes.substr(1 + sizeof(int));
  return post;
}

}  // namespace

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char reason[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, reason, &length);
  raise(call, ": ", std::string_view(reason, static_cast<std::size_t>(length)));
}

MpiWorld::MpiWorld(MPI_Comm ranks) {
  meet(ranks);
  meet(ranks);  // who came to the first when the others had given up waits here, with a deadline
  ranks_ = checked_duplicate(ranks);
  meet(ranks_);
  control_ = checked_duplicate(ranks_);
  check_mpi(MPI_Comm_rank(ranks_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(ranks_, &size_), "MPI_Comm_size");
  posts_ = Posts(rank_, size_);

  meet(ranks_);
  check_mpi(MPI_Comm_split_type(ranks_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node_),
            "MPI_Comm_split_type");
  int leader = rank_;
  meet(node_);
  check_mpi(MPI_Bcast(&leader, 1, MPI_INT, 0, node_), "MPI_Bcast");
  std::vector<Position> leaders(size_);  // each node named by its first rank
  std::vector<int> all(size_), everybody(size_);
  meet(ranks_);
  check_mpi(MPI_Allgather(&leader, 1, MPI_INT, all.data(), 1, MPI_INT, ranks_), "MPI_Allgather");
  for (int rank = 0; rank < size_; ++rank) {
    leaders[rank].node = all[rank];
    everybody[rank] = rank;
  }
  positions_ = positions_among(leaders, everybody);

  int level = MPI_THREAD_SINGLE;
  check_mpi(MPI_Query_thread(&level), "MPI_Query_thread");
  threads_allowed_ = level == MPI_THREAD_MULTIPLE;
}

void MpiWorld::adopt(MPI_Comm duplicate) {
  std::lock_guard lock(mutex_);
  adopted_.push_back(duplicate);
}

void MpiWorld::post(const Post& post) {
  std::lock_guard lock(mutex_);
  if (posts_.of(rank_)) return;
  std::string bytes = encode(post);
  posts_.record(rank_, decode(bytes));
  send_to_others(control_, 0, std::move(bytes));
}

void MpiWorld::announce(MPI_Comm channel, const std::string& bytes) {
  std::lock_guard lock(mutex_);
  send_to_others(channel, announcements, bytes);
}

void MpiWorld::send_to_others(MPI_Comm channel, int tag, std::string bytes) {
  Outgoing& out = outgoing_.emplace_back();
  out.bytes = std::move(bytes);
  int size = 0, self = 0;
  check_mpi(MPI_Comm_size(channel, &size), "MPI_Comm_size");
  check_mpi(MPI_Comm_rank(channel, &self), "MPI_Comm_rank");
  for (int peer = 0; peer < size; ++peer)
    if (peer != self)
      check_mpi(MPI_Isend(out.bytes.data(), static_cast<int>(out.bytes.size()), MPI_BYTE, peer, tag,
                          channel, &out.requests.emplace_back()),
                "MPI_Isend");
}

bool MpiWorld::receive_one(MPI_Comm channel, int tag, int& from, std::string& bytes) {
  int found = 0, count = 0;
  MPI_Message message;
  MPI_Status status;
  check_mpi(MPI_Improbe(MPI_ANY_SOURCE, tag, channel, &found, &message, &status), "MPI_Improbe");
  if (!found) return false;
  check_mpi(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
  bytes.resize(static_cast<std::size_t>(count));
  check_mpi(MPI_Mrecv(bytes.data(), count, MPI_BYTE, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
  from = status.MPI_SOURCE;
  return true;
}

Posts MpiWorld::posts() {
  std::lock_guard lock(mutex_);
  return posts_;
}

bool MpiWorld::has_finished(int rank) {
  std::lock_guard lock(mutex_);
  return posts_.has_finished(rank);
}

int MpiWorld::poll() {
  std::lock_guard lock(mutex_);
  std::string bytes;
  for (int from = 0; receive_one(control_, 0, from, bytes);) posts_.record(from, decode(bytes));
  return posts_.count();
}

bool MpiWorld::posted() {
  std::lock_guard lock(mutex_);
  for (Outgoing& out : outgoing_) {
    int done = 0;
    check_mpi(MPI_Testall(static_cast<int>(out.requests.size()), out.requests.data(), &done,
                          MPI_STATUSES_IGNORE),
              "MPI_Testall");
    if (!done) return false;
  }
  return true;
}

// MPI may still read what it has not sent: that is kept for good.
MpiWorld::~MpiWorld() {
  static std::mutex mutex;
  static std::list<Outgoing> unsent;
  std::lock_guard lock(mutex);
  unsent.splice(unsent.end(), outgoing_);
}

void MpiWorld::note(const std::string& what) {
  std::lock_guard lock(mutex_);
  if (noted_.empty()) noted_ = what;
}

std::string MpiWorld::noted() {
  std::lock_guard lock(mutex_);
  return noted_;
}

std::string MpiWorld::unclaimed() {
  std::vector<MPI_Comm> channels = adopted_;
  channels.push_back(ranks_);
  for (MPI_Comm channel : channels) {
    int from = 0;
    std::string received;
    if (!receive_one(channel, 0, from, received)) continue;
    const std::string what = Greeting::describe(std::as_bytes(std::span(received)));
    return text("rank ", rank_, " of ", size_,
                ": found, when all ranks had ended, a message of rank ", from,
                what.empty() ? "" : " in ", what,
                ", which this rank has not received; all ranks must make the same calls, with the "
                "same root");
  }
  return {};
}

void MpiWorld::close() {
  closed_ = true;
  for (MPI_Comm& comm : adopted_) check_mpi(MPI_Comm_free(&comm), "MPI_Comm_free");
  for (MPI_Comm* comm : {&node_, &control_, &ranks_})
    check_mpi(MPI_Comm_free(comm), "MPI_Comm_free");
}

}  // namespace tutti
