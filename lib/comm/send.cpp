#include "tutti/comm/send.h"

#include "comm/arguments.h"
#include "comm/call.h"

namespace tutti {
namespace {

// What one rank does for its peers: either side may be missing.
struct Messages {
  Block out{};
  int to = -1;
  Block in{};
  int from = -1;
};

void require_message(const Communicator& communicator, Block block, int peer, std::string_view what,
                     const Block& like, const std::source_location& site) {
  const auto who = [&] {
    return text("rank ", communicator.rank(), " of ", communicator.size(), ", ", what, " at ",
                text_of(site));
  };
  if (peer < 0 || peer >= communicator.size() || peer == communicator.rank())
    raise(who(), ": found rank ", peer, ", expected another rank, 0 to ", communicator.size() - 1);
  if (block.dtype != like.dtype || block.device != like.device)
    raise(who(), ": found ", block.dtype, " on ", block.device, ", expected ", like.dtype, " on ",
          like.device, " as in the other message");
  if (block.count > most_elements) raise_impossible(who(), "the message", block);
  if (!block.data && block.count > 0)
    raise(who(), ": found no memory, expected ", block.count, " x ", block.dtype);
}

// Counts are compared by the messages themselves, since the record has two of them.
auto prepare(Communicator& communicator, const Messages& messages, const CallOptions& options,
             const std::source_location& site) {
  const Block& like = messages.to >= 0 ? messages.out : messages.in;
  const Call call = begin_call(communicator,
                               {.collective = Collective::send,
                                .dtype = like.dtype,
                                .to = messages.to,
                                .from = messages.from,
                                .site = site},
                               like.device, options);
  return PreparedCall{call, [messages](Communicator& self, const Stream& own) {
                        std::vector<Transfer> transfers;
                        if (messages.to >= 0)
                          transfers.push_back(send_to(messages.to, messages.out));
                        if (messages.from >= 0)
                          transfers.push_back(receive_from(messages.from, messages.in));
                        self.transport().exchange(transfers, own);
                      }};
}

auto prepare_send(Communicator& communicator, Block data, int to, const CallOptions& options,
                  const std::source_location& site) {
  require_message(communicator, data, to, "send", data, site);
  return prepare(communicator, {.out = data, .to = to}, options, site);
}

auto prepare_recv(Communicator& communicator, Block data, int from, const CallOptions& options,
                  const std::source_location& site) {
  require_message(communicator, data, from, "recv", data, site);
  return prepare(communicator, {.in = data, .from = from}, options, site);
}

auto prepare_both(Communicator& communicator, const Messages& both, const CallOptions& options,
                  const std::source_location& site) {
  require_message(communicator, both.out, both.to, "send_recv", both.out, site);
  require_message(communicator, both.in, both.from, "send_recv", both.out, site);
  return prepare(communicator, both, options, site);
}

}  // namespace

void send(Communicator& communicator, Block data, int to, const CallOptions& options,
          std::source_location site) {
  run_call(communicator, prepare_send(communicator, data, to, options, site));
}

void recv(Communicator& communicator, Block data, int from, const CallOptions& options,
          std::source_location site) {
  run_call(communicator, prepare_recv(communicator, data, from, options, site));
}

void send_recv(Communicator& communicator, Block out, int to, Block in, int from,
               const CallOptions& options, std::source_location site) {
  run_call(communicator, prepare_both(communicator, {out, to, in, from}, options, site));
}

Work send_async(Communicator& communicator, Block data, int to, const CallOptions& options,
                std::source_location site) {
  return start_call(communicator, prepare_send(communicator, data, to, options, site));
}

Work recv_async(Communicator& communicator, Block data, int from, const CallOptions& options,
                std::source_location site) {
  return start_call(communicator, prepare_recv(communicator, data, from, options, site));
}

Work send_recv_async(Communicator& communicator, Block out, int to, Block in, int from,
                     const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare_both(communicator, {out, to, in, from}, options, site));
}

}  // namespace tutti
