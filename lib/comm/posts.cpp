#include "comm/posts.h"

#include <algorithm>

namespace tutti {

Post post_of(std::exception_ptr error, int rank) {
  if (!error) return {Post::Kind::finished, rank, {}};
  try {
    std::rethrow_exception(std::move(error));
  } catch (const PeerFailed& e) {
    return {Post::Kind::failed, e.origin(), e.reason()};
  } catch (const std::exception& e) {
    return {Post::Kind::failed, rank, e.what()};
  } catch (...) {
    return {Post::Kind::failed, rank, "an exception that is no std::exception left the program"};
  }
}

std::string without_rank(std::string message, int rank, int size) {
  const std::string name = text(", rank ", rank, " of ", size, ":");
  if (const auto place = message.find(name); place != message.npos)
    message.erase(place, name.size() - 1);
  return message;
}

int Posts::count() const {
  return static_cast<int>(std::ranges::count_if(posts_, [](auto& p) { return p.has_value(); }));
}

bool Posts::any_failed() const {
  return std::ranges::any_of(posts_, [](auto& p) { return p && p->kind == Post::Kind::failed; });
}

bool Posts::all_failed_alike() const {
  const int size = static_cast<int>(posts_.size());
  for (int r = 0; r < size; ++r)
    if (!posts_[r] || posts_[r]->kind != Post::Kind::failed || posts_[r]->origin != r ||
        without_rank(posts_[r]->message, r, size) != without_rank(posts_[0]->message, 0, size))
      return false;
  return true;
}

void Posts::check() const {
  if (posts_[rank_])
    raise("rank ", rank_, " of ", posts_.size(),
          " has ended; found work still on its way, expected wait() for it before");
  check_others();
}

void Posts::check_others() const {
  for (const auto& post : posts_)
    if (post && post->kind == Post::Kind::failed)
      throw PeerFailed(text("rank ", rank_, " of ", posts_.size(), " stops because rank ",
                            post->origin, " failed: ", post->message),
                       post->origin, post->message);
}

void Posts::raise_finished(int peer) const {
  raise("rank ", rank_, " of ", posts_.size(), " waits for rank ", peer,
        ", which has already returned from run(); all ranks must make the same calls");
}

}  // namespace tutti
