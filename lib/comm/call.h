// How a collective gets from its caller's stream through the communicator's queue.
#pragma once

#include <functional>

#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Runs in the communicator's own stream, which waits for the caller's.
using CallBody = std::function<void(Communicator&, const Stream&)>;

/// The caller's stream for a block on `where`: CPU blocks need none. Error naming `who`.
Stream caller_stream(const Communicator& communicator, DeviceId where, const Stream* stream,
                     std::string_view who);

void run_call(Communicator& communicator, DeviceId where, const Stream& caller,
              const CallBody& body);
Work start_call(Communicator& communicator, DeviceId where, const Stream& caller, CallBody body);

}  // namespace tutti
