// Some ranks of another transport, as a group for the algorithms of one call.
#pragma once

#include <vector>

#include "comm/polling_transport.h"

namespace tutti {

/// Its exchanges are exchanges of the whole, with ranks translated: nothing else may go on there.
class SubsetTransport : public Transport {
 public:
  /// `members` are ranks of `whole`, this one among them. The whole must outlive the subset.
  SubsetTransport(Transport& whole, std::vector<int> members)
      : whole_(whole),
        members_(std::move(members)),
        positions_(positions_among(whole.positions(), members_)) {
    while (members_[static_cast<std::size_t>(rank_)] != whole.rank()) ++rank_;
  }

  std::string_view name() const override { return whole_.name(); }
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(members_.size()); }
  std::span<const Position> positions() const override { return positions_; }
  bool threads_allowed() const override { return whole_.threads_allowed(); }
  void enter(const CallRecord&) override {}
  void leave() override {}
  void look() override { whole_.look(); }
  void post(const Post& post) override { whole_.post(post); }
  void cancel() noexcept override { whole_.cancel(); }

  void exchange(std::span<const Transfer> transfers, const Stream& stream) override {
    translated_.assign(transfers.begin(), transfers.end());
    for (Transfer& transfer : translated_)
      transfer.peer = members_[static_cast<std::size_t>(transfer.peer)];
    whole_.exchange(translated_, stream);
  }
  std::shared_ptr<Transport> split(int, int) override {
    raise("split: found a group that lives within one call, expected a communicator of its own");
  }

 private:
  Transport& whole_;
  std::vector<int> members_;
  std::vector<Position> positions_;
  int rank_ = 0;
  std::vector<Transfer> translated_;
};

}  // namespace tutti
