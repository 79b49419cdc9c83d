// What the MPI transports of a process share: the ranks, their posts, the communicators made.
#pragma once

#include <mpi.h>

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "comm/posts.h"

namespace tutti {

/// Throws Error with MPI's own text unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* call);

/// Made and closed collectively; everything else is local. Its duplicates of a communicator return
/// errors instead of aborting.
class MpiWorld {
 public:
  explicit MpiWorld(MPI_Comm ranks);
  ~MpiWorld();
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  const std::vector<Position>& positions() const { return positions_; }
  bool threads_allowed() const { return threads_allowed_; }
  /// The ranks, for messages of the first transport.
  MPI_Comm ranks() const { return ranks_; }
  /// The ranks of this node.
  MPI_Comm node() const { return node_; }
  /// Keeps a duplicate of ranks() to be freed by close(): destructors must not communicate.
  void adopt(MPI_Comm duplicate);

  void post(const Post& post);
  /// Takes in posts that have arrived; returns how many ranks are known to have ended.
  int poll();
  Posts posts();
  bool has_finished(int rank);
  /// Whether all our posts are out of our hands.
  bool posted();
  /// Sends these bytes to all other ranks of a communicator, and waits for nobody.
  void announce(MPI_Comm channel, const std::string& bytes);
  /// Calls take(rank, bytes) for each announcement that has come over a communicator.
  template <class Take>
  void take_announced(MPI_Comm channel, Take take) {
    std::string bytes;
    for (int from = 0; receive_one(channel, announcements, from, bytes);) take(from, bytes);
  }
  void note(const std::string& what);
  std::string noted();
  /// After all ranks have ended: says of a message to this rank, on any communicator, that nobody
  /// has received, which call it belongs to; empty where there is none.
  std::string unclaimed();
  /// Whether close() was called: nothing can be sent any more.
  bool closed() const { return closed_; }
  /// Collective: frees the communicators.
  void close();

 private:
  static constexpr int announcements = 1;  ///< their tag; all else has 0
  /// Whether a message of that tag had come, which it then receives.
  static bool receive_one(MPI_Comm channel, int tag, int& from, std::string& bytes);
  void send_to_others(MPI_Comm channel, int tag, std::string bytes);
  struct Outgoing {
    std::string bytes;
    std::vector<MPI_Request> requests;
  };

  MPI_Comm ranks_ = MPI_COMM_NULL;
  MPI_Comm control_ = MPI_COMM_NULL;
  MPI_Comm node_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::vector<Position> positions_;
  bool threads_allowed_ = false;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;  ///< guards what follows
  std::vector<MPI_Comm> adopted_;
  std::list<Outgoing> outgoing_;
  Posts posts_{0, 0};
  std::string noted_;
};

}  // namespace tutti
