// What is known of how the ranks of a group ended, and the errors that waits make of it.
#pragma once

#include <exception>
#include <optional>
#include <vector>

#include "tutti/comm/transport.h"

namespace tutti {

/// How a rank ended whose program left `error`; null where it returned.
Post post_of(std::exception_ptr error, int rank);

/// A message that says ", rank 1 of 3:" of its own rank, without that but for the colon.
std::string without_rank(std::string message, int rank, int size);

/// Not thread-safe: its owner locks.
class Posts {
 public:
  Posts(int rank, int size) : rank_(rank), posts_(size) {}

  void record(int from, const Post& post) {
    if (!posts_[from]) posts_[from] = post;
  }
  const std::optional<Post>& of(int rank) const { return posts_[rank]; }
  int count() const;
  bool any_failed() const;
  bool has_finished(int rank) const {
    return posts_[rank] && posts_[rank]->kind == Post::Kind::finished;
  }
  /// Whether all ranks failed of their own, with the same message but for their ranks.
  bool all_failed_alike() const;

  /// Throws PeerFailed when another rank has failed, or Error when this one has ended itself.
  void check() const;
  /// Throws PeerFailed when another rank has failed.
  void check_others() const;
  [[noreturn]] void raise_finished(int peer) const;

 private:
  int rank_;
  std::vector<std::optional<Post>> posts_;
};

}  // namespace tutti
