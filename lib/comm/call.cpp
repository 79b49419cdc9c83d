#include "comm/call.h"

#include "comm/work_queue.h"

namespace tutti {

Stream caller_stream(const Communicator& communicator, DeviceId where, const Stream* stream,
                     std::string_view who) {
  const Stream& own = communicator.stream(where);
  if (stream) return *stream;
  if (where.kind != DeviceKind::cpu)
    raise(communicator.label(who), ": found no stream for a block on ", where,
          ", expected the one that computes it; pass &device.stream()");
  return own;
}

void run_call(Communicator& communicator, DeviceId where, const Stream& caller,
              const CallBody& body) {
  const Stream& own = communicator.stream(where);
  Event ready = record(caller);
  communicator.queue().run([&] {
    wait(own, ready);
    body(communicator, own);
  });
  wait(caller, record(own));
}

Work start_call(Communicator& communicator, DeviceId where, const Stream& caller, CallBody body) {
  auto job = [self = communicator.borrowed(), where, ready = record(caller),
              body = std::move(body)]() mutable {
    const Stream& own = self.stream(where);
    wait(own, ready);
    body(self, own);
    return record(own);
  };
  return communicator.queue().submit(std::move(job), caller);
}

}  // namespace tutti
