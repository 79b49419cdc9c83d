// Ranks in virtual time on a described machine: algorithms at sizes that nobody has at hand.
#pragma once

#include <cstdint>
#include <functional>

#include "tutti/comm/communicator.h"
#include "tutti/comm/topology.h"
#include "tutti/device/buffer.h"

namespace tutti {

/// Whether messages carry data. With `none` blocks stand for their sizes: nothing is copied, what
/// is received has no meaning, and all scratch memory is one phantom_buffer().
enum class Payload : std::uint8_t { moved, none };

/// What a simulation came to.
struct Simulated {
  double seconds = 0;          ///< virtual time at which the last rank returned
  std::uint64_t messages = 0;  ///< that all ranks sent
  std::uint64_t bytes = 0;
};

/// Calls `body` with the communicator of each of `ranks` ranks and returns when all have ended. The
/// ranks are fibers of this thread, so the outcome is the same every time; what `body` does takes
/// no virtual time, what it sends does. Transports share no memory and no threads: asynchronous
/// calls happen in Work::wait(). One rank takes some 20 KiB of memory beside what it asks for.
///
/// The model: a rank is busy for Topology::overhead with each message, one after the other. A
/// message starts when both ranks have come to it (up to eager_bytes: when the sender has). After
/// the latency of the level where the ranks meet, it flows like a fluid through all links
/// on its way, the rank's own first. Messages that cross a link at the same time share its
/// bandwidth max-min fairly; rates change whenever a message begins or ends. This is the flow-level
/// model of SimGrid: Velho, Schnorr, Casanova, Legrand: "On the validity of flow-level TCP network
/// models for grid and cloud simulations", ACM TOMACS 23(4), 2013; its eager and rendezvous
/// messages are those of Degomme et al.: "Simulating MPI applications: the SMPI approach", IEEE
/// TPDS 28(8), 2017. What a collective receives into its scratch memory it is about to combine:
/// those bytes are charged to the rank at Topology::reduction when the exchange returns. Time
/// counts in whole picoseconds.
///
/// When ranks throw, the others are told as under run(), and the first exception that was no
/// consequence of another is rethrown. Ranks that wait for each other for ever throw Error.
Simulated run_simulated(const Topology& topology, int ranks,
                        const std::function<void(Communicator&)>& body,
                        Payload payload = Payload::moved);

/// The time at which this rank is. Error unless `communicator` is of run_simulated().
double virtual_seconds(const Communicator& communicator);

/// `bytes` bytes of addresses behind which a little memory repeats, zero at first: for blocks that
/// stand for their size. All ranks of a simulation may use the same.
Buffer phantom_buffer(std::size_t bytes);

}  // namespace tutti
