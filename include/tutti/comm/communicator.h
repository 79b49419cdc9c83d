// A group of ranks that call collectives together.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "tutti/comm/call_record.h"
#include "tutti/comm/cost_model.h"
#include "tutti/comm/problem.h"
#include "tutti/comm/transport.h"
#include "tutti/device/buffer.h"
#include "tutti/device/device.h"

namespace tutti {

class WorkQueue;

/// Memory that a collective borrows from its communicator; given back when destroyed.
struct Scratch {
  Buffer owner;
  Block block;
};

/// A shared handle, cheap to copy; the group lives as long as one handle does. All ranks must make
/// the same collective calls on it in the same order. Any blocking call may wait for all ranks:
/// those that share several communicators make their blocking calls on them in one order, too. One
/// thread at a time may use a communicator. Work that is not waited for is dropped with the last
/// handle, without communication. After a collective has thrown what a wait met (PeerFailed, say),
/// all later calls throw the same.
class Communicator {
 public:
  /// A group over `transport` for blocks on the CPU.
  explicit Communicator(std::shared_ptr<Transport> transport);
  /// A group for blocks on the CPU and on `device`, whose stream becomes this communicator's own.
  Communicator(std::shared_ptr<Transport> transport, Device device);

  int rank() const;
  int size() const;
  int local_rank() const;  ///< number among the ranks of this node
  int local_size() const;  ///< how many ranks this node has

  /// split() into one group of the same ranks, with messages and a queue of its own: for another
  /// thread.
  Communicator duplicate(std::source_location site = std::source_location::current()) const;
  /// Collective over all ranks, blocking: the group of those that pass the same colour (0 or more),
  /// numbered by key, then by their rank here. It inherits the device and the cost model. It maps
  /// memory of its own (some 2.5 MB for each rank of a node), and holds a communicator of MPI, of
  /// which libraries have a few thousand, until run() ends. Throws Error for a colour below 0, and
  /// what Transport::exchange throws.
  Communicator split(int colour, int key = 0,
                     std::source_location site = std::source_location::current()) const;
  /// Collective over all ranks: the group of the ranks on this rank's node.
  Communicator split_by_node(std::source_location site = std::source_location::current()) const {
    return split(transport().position().node, rank(), site);
  }

  /// How many collectives were called on it, this rank's view.
  std::uint64_t calls() const;
  /// "broadcast #3 at train.cpp:88, rank 1 of 2": the call that is being made, for messages.
  std::string label(std::string_view call) const;

  // What collectives are written with.
  struct State;
  State& state() const { return *state_; }
  /// How the ranks are spread over machines.
  const Layout& layout() const;
  /// What selection knows of this machine. Set it on all ranks alike, between calls.
  const CostModel& cost_model() const;
  void set_cost_model(const CostModel& model) const;
  /// Whether calls are compared by their lines in the program, too (TUTTI_STRICT). Set it on all
  /// ranks alike, between calls.
  bool compares_lines() const;
  void compare_lines(bool compare) const;
  /// A handle that does not keep the group alive: for jobs in its own queue.
  Communicator borrowed() const;
  Transport& transport() const;
  std::shared_ptr<Transport> shared_transport() const;
  void exchange(std::initializer_list<Transfer> transfers, const Stream& stream) const {
    transport().exchange({transfers.begin(), transfers.size()}, stream);
  }
  /// Memory of the count, dtype and device of `like`, from a cache.
  Scratch scratch(Block like) const;
  /// The stream on which collectives of blocks on `where` run. Error when it is another device.
  const Stream& stream(DeviceId where) const;
  WorkQueue& queue() const;

 private:
  explicit Communicator(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tutti
