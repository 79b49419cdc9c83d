// Messages between two ranks of a communicator.
#pragma once

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Not collective, blocking: the block goes to rank `to`, which must call recv() (or send_recv())
/// for as many elements of the same dtype. Messages from one rank to another arrive in the order in
/// which they were sent. They are not numbered among the collective calls, but take their turn
/// among this rank's calls on the communicator: a send and its recv must stand between the same
/// collective calls on both ranks. Returns when the block may be changed, which may be
/// before it is received; two ranks that both send() first may wait for each other for ever, up to
/// the deadline: see send_recv(). 0 elements are a message, too, except over NCCL. `options.stream`
/// as in AllReduceOptions. Throws Error for what is no other rank, for a call of the other rank
/// that does not match, and what Transport::exchange throws.
void send(Communicator& communicator, Block data, int to, const CallOptions& options = {},
          std::source_location site = std::source_location::current());

/// Not collective, blocking: the block that rank `from` sends.
void recv(Communicator& communicator, Block data, int from, const CallOptions& options = {},
          std::source_location site = std::source_location::current());

/// Both at once: for rings, halos and swaps. `out` and `in` have the same dtype, do not overlap,
/// and may differ in their counts; the ranks may be the same one.
void send_recv(Communicator& communicator, Block out, int to, Block in, int from,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async: one after the other in the order of
/// the calls, so that a send_async() and a recv_async() do not make a send_recv().
Work send_async(Communicator& communicator, Block data, int to, const CallOptions& options = {},
                std::source_location site = std::source_location::current());
Work recv_async(Communicator& communicator, Block data, int from, const CallOptions& options = {},
                std::source_location site = std::source_location::current());
Work send_recv_async(Communicator& communicator, Block out, int to, Block in, int from,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

}  // namespace tutti
