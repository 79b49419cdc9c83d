// Messages through shared memory in the node, and over another transport between nodes.
#pragma once

#include <string>

#include "comm/node/greeting.h"
#include "comm/node/node.h"
#include "comm/node/ring.h"
#include "comm/polling_transport.h"
#include "tutti/device/device.h"

namespace tutti {

/// Compares calls: every message in a node carries its call, and the first one to each rank of
/// another node in a call begins with it.
class NodeTransport : public Transport {
 public:
  /// Collective over the ranks of `wires`.
  explicit NodeTransport(std::shared_ptr<PollingTransport> wires,
                         std::shared_ptr<Processes> processes = std::make_shared<Processes>());

  std::string_view name() const override { return name_; }
  int rank() const override { return wires_->rank(); }
  int size() const override { return wires_->size(); }
  std::span<const Position> positions() const override { return wires_->positions(); }
  bool threads_allowed() const override { return wires_->threads_allowed(); }
  void exchange(std::span<const Transfer> transfers, const Stream& stream) override;
  void enter(const CallRecord& call) override;
  void leave() override { node_->leave(); }
  void look() override { node_->look(); }
  /// What carries messages between nodes.
  PollingTransport& wires() const { return *wires_; }
  NodeMemory* node() const override { return node_.get(); }
  bool has_vendor() const override { return wires_->has_vendor(); }
  void vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) override;
  void post(const Post& post) override { wires_->post(post); }
  void note(const std::string& what) noexcept override { wires_->note(what); }
  void cancel() noexcept override { wires_->cancel(); }
  std::shared_ptr<Transport> split(int colour, int key) override;

 private:
  // A greeting on its way, and the message that it begins.
  struct Greeted {
    Transfer transfer;
    std::unique_ptr<Greeting> greeting;
  };
  bool advance_local();
  bool greets(const Transfer& transfer);
  void start_remote(const Transfer& transfer);
  const Greeting::Head& head_of_running();
  void check_greetings();

  std::shared_ptr<PollingTransport> wires_;
  std::shared_ptr<NodeMemory> node_;
  std::string name_;
  Device host_;
  // Of the exchange that is going on; kept so that their memory is reused.
  std::vector<RingMessage> local_;
  std::vector<WireMessage> remote_;
  Greeting::Head head_;  ///< of the call whose flag follows
  std::uint64_t head_flag_ = 0;
  std::vector<Greeted> greetings_;
  std::size_t greetings_used_ = 0;
  std::vector<std::uint64_t> greeted_, heard_;  ///< by rank: in which call
};

}  // namespace tutti
