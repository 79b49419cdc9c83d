// Messages over MPI.
#pragma once

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "comm/mpi_world.h"
#include "tutti/device/device.h"

namespace tutti {

/// Blocks on a CUDA device are staged through host memory. Where the thread level is below
/// MPI_THREAD_MULTIPLE, only the thread that initialised MPI may use it.
class MpiTransport : public Transport {
 public:
  /// Blocks above `chunk_bytes` travel as several messages, so that no count overflows an int.
  explicit MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t chunk_bytes = 1 << 30);

  std::string_view name() const override { return "mpi"; }
  int rank() const override { return world_->rank(); }
  int size() const override { return world_->size(); }
  Position position() const override { return world_->position(); }
  bool threads_allowed() const override { return world_->threads_allowed(); }
  void exchange(std::span<const Transfer> transfers, const Stream& stream) override;
  bool has_vendor() const override { return true; }
  void vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) override;
  void post(const Post& post) override { world_->post(post); }
  void cancel() noexcept override { cancelled_ = true; }
  std::shared_ptr<Transport> duplicate() override;

 private:
  MpiTransport(std::shared_ptr<MpiWorld> world, std::size_t chunk_bytes, MPI_Comm channel)
      : world_(std::move(world)), channel_(channel), chunk_bytes_(chunk_bytes) {}
  // A message, or a collective step, that has been started.
  struct Pending {
    int peer = -1;
    int expected = -1;  ///< bytes to receive
  };
  void start(const Transfer& transfer);
  void complete();
  void check_received();
  void look_for_failures();
  int peer_that_has_finished(const Posts& posts);
  void give_up() noexcept;

  std::shared_ptr<MpiWorld> world_;
  MPI_Comm channel_;
  std::size_t chunk_bytes_;
  std::atomic<bool> cancelled_ = false;
  Device host_;
  // Of the exchange that is going on; kept so that their memory is reused.
  std::vector<MPI_Request> requests_;
  std::vector<MPI_Status> statuses_;
  std::vector<Pending> pending_;
  std::chrono::steady_clock::time_point doomed_since_{};
};

}  // namespace tutti
