// Messages over MPI.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "comm/mpi_exchange.h"
#include "comm/mpi_world.h"
#include "comm/polling_transport.h"
#include "tutti/device/device.h"

namespace tutti {

/// Blocks on a CUDA device are staged through host memory. Where the thread level is below
/// MPI_THREAD_MULTIPLE, only the thread that initialised MPI may use it.
class MpiTransport : public PollingTransport {
 public:
  /// Blocks above `piece_bytes` travel as several messages.
  explicit MpiTransport(std::shared_ptr<MpiWorld> world,
                        std::size_t piece_bytes = MpiExchange::usual_piece);

  /// Collective: the same ranks on a communicator of MPI's own, which the caller frees.
  MPI_Comm duplicate();
  std::string_view name() const override { return "mpi"; }
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(members_.size()); }
  std::span<const Position> positions() const override { return positions_; }
  bool threads_allowed() const override { return world_->threads_allowed(); }
  void exchange(std::span<const Transfer> transfers, const Stream& stream) override;
  void enter(const CallRecord&) override {}
  void leave() override {}
  void look() override;
  void start(std::span<const WireMessage> messages) override {
    if (world_->closed())
      raise("rank ", rank(), ": found its session closed, expected calls before");
    exchange_.start(messages);
  }
  bool advance() override { return exchange_.advance(); }
  void abandon() noexcept override { exchange_.abandon(); }
  bool awaits(int rank) override { return std::ranges::count(exchange_.missing(), rank) > 0; }
  int world_rank(int rank) const override { return members_[rank]; }
  bool has_finished(int rank) override { return world_->has_finished(members_[rank]); }
  bool has_vendor() const override { return true; }
  void vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) override;
  void post(const Post& post) override { world_->post(post); }
  void note(const std::string& what) noexcept override { world_->note(what); }
  std::string noted() override { return world_->noted(); }
  void announce(const std::string& bytes) override { world_->announce(channel_, bytes); }
  std::span<const std::string> announced() override;
  void cancel() noexcept override { cancelled_ = true; }
  std::shared_ptr<Transport> split(int colour, int key) override;

 private:
  MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t piece_bytes, MPI_Comm channel,
               std::vector<int> members);
  template <class Done>
  void wait_until(Done done);
  void complete(MPI_Request& request);
  static void let_go(MPI_Request& request) noexcept;
  void meet();
  int peer_that_has_finished(const Posts& posts);

  std::shared_ptr<MpiWorld> world_;
  MPI_Comm channel_;
  std::size_t piece_bytes_;
  std::vector<int> members_;  ///< their ranks in the world
  std::vector<Position> positions_;
  std::vector<std::string> announced_;  ///< by rank
  int rank_ = 0;
  std::atomic<bool> cancelled_ = false;
  Device host_;
  MpiExchange exchange_;
  std::chrono::steady_clock::time_point doomed_since_{};
};

}  // namespace tutti
