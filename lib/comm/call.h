// How a collective gets from its caller's stream through the communicator's queue.
#pragma once

#include "comm/communicator_state.h"
#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// A call that has been numbered, and the streams that it stands between.
struct Call {
  CallRecord record;
  DeviceId where;
  Stream caller;
};

/// The stream that a call on `where` stands behind.
const Stream& stream_of_caller(const Communicator& communicator, const Call& call,
                               const Stream* stream);

/// For CallRecord::line, which has 15 bits: of the file's name, without folders, and the line.
std::uint16_t hash_of_line(const std::source_location& site);

/// Numbers and notes the call, unless it is of two ranks only. CPU blocks need no stream. Error
/// naming the collective for a block on a device that is not the communicator's, or without its
/// stream. (In place: copying a record that was just written field by field costs a small call a
/// tenth of its time.)
inline void begin(const Communicator& communicator, Call& call, const CallOptions& options) {
  CallRecord& record = call.record;
  record.device = call.where.kind;
  record.label = options.label.word();
  if (record.collective != Collective::send) {  // a send and its recv stand in two lines
    if (communicator.state().compares_lines) record.line = hash_of_line(record.site);
    communicator.state().number(record, options.label);
  }
  if (call.where.kind != DeviceKind::cpu || options.stream)
    call.caller = stream_of_caller(communicator, call, options.stream);
}
inline Call begin_call(const Communicator& communicator, const CallRecord& record, DeviceId where,
                       const CallOptions& options) {
  Call call{record, where, {}};
  begin(communicator, call, options);
  return call;
}

/// Runs body(communicator, stream) in the communicator's own stream, which waits for the caller's.
template <class Body>
void run_call(Communicator& communicator, const Call& call, Body&& body) {
  Communicator::State& state = communicator.state();
  if (call.where.kind == DeviceKind::cpu)
    return state.queue.run([&] {
      state.enter(call.record);
      body(communicator, state.cpu.stream());
      state.leave();
    });
  const Stream& own = communicator.stream(call.where);
  Event ready = record(call.caller);
  state.queue.run([&] {
    wait(own, ready);
    state.enter(call.record);
    body(communicator, own);
    state.leave();
  });
  wait(call.caller, record(own));
}

/// The same in the background. `body` is copied.
template <class Body>
Work start_call(Communicator& communicator, const Call& call, Body body) {
  auto job = [self = communicator.borrowed(), call, ready = record(call.caller),
              body = std::move(body)]() mutable {
    const Stream& own = self.stream(call.where);
    wait(own, ready);
    self.state().enter(call.record);
    body(self, own);
    self.state().leave();
    return record(own);
  };
  return communicator.queue().submit(std::move(job), call.caller);
}

/// A call whose arguments have been checked, and what it does: to be run or started.
template <class Body>
struct PreparedCall {
  Call call;
  Body body;
};
template <class Body>
PreparedCall(Call, Body) -> PreparedCall<Body>;

template <class Body>
void run_call(Communicator& communicator, PreparedCall<Body> prepared) {
  run_call(communicator, prepared.call, prepared.body);
}
template <class Body>
Work start_call(Communicator& communicator, PreparedCall<Body> prepared) {
  return start_call(communicator, prepared.call, std::move(prepared.body));
}

}  // namespace tutti
