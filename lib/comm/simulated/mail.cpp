#include "comm/simulated/mail.h"

#include <algorithm>
#include <cstring>

namespace tutti {

Mail::Mail(const Topology& topology, const Network& network, Payload payload, Events& events,
           Done done)
    : eager_bytes_(topology.eager_bytes),
      network_(network),
      payload_(payload),
      events_(events),
      done_(std::move(done)),
      flows_(network.links()) {}

// The message to which the other side has come already, or a new one.
int Mail::match(const Pair& pair, bool send) {
  auto& waiting = unmatched_[pair];
  if (!waiting.empty() && messages_[waiting.front()].sent.has_value() != send) {
    const int number = waiting.front();
    waiting.pop_front();
    if (waiting.empty()) unmatched_.erase(pair);
    return number;
  }
  int number = static_cast<int>(messages_.size());
  if (free_.empty()) {
    messages_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  messages_[number].from = pair.from;
  messages_[number].to = pair.to;
  waiting.push_back(number);
  return number;
}

void Mail::post(int rank, int channel, const Transfer& transfer, Picoseconds at) {
  const bool send = transfer.kind == Transfer::Kind::send;
  const Pair pair = send ? Pair{channel, rank, transfer.peer} : Pair{channel, transfer.peer, rank};
  const int number = match(pair, send);
  Message& message = messages_[number];
  const bool met = send ? message.asked.has_value() : message.sent.has_value();
  if (met && message.bytes() != transfer.block.bytes())
    raise("rank ", rank, ": found ", message.bytes(), " bytes ", send ? "asked for by" : "from",
          " rank ", transfer.peer, ", expected ", transfer.block.bytes(),
          "; all ranks must pass the same count and dtype");
  if (send) {
    this->send(message, number, transfer, at);
  } else {
    message.target = transfer.block;
    message.asked = at;
  }
  if (!met) return;
  if (message.arrived) return deliver(number, at);
  if (message.eager) return;
  network_.find(message.from, message.to, message.bytes(), route_);
  events_.add(std::max(*message.sent, *message.asked) + route_.latency,
              {SimulatedEvent::Kind::message_leaves, number});
}

void Mail::send(Message& message, int number, const Transfer& transfer, Picoseconds at) {
  message.source = transfer.block;
  message.sent = at;
  message.eager = transfer.block.bytes() <= eager_bytes_;
  if (!message.eager) return;
  if (payload_ == Payload::moved) {
    const auto* data = static_cast<const std::byte*>(transfer.block.data);
    message.kept.assign(data, data + transfer.block.bytes());
  }
  network_.find(message.from, message.to, message.bytes(), route_);
  events_.add(at + route_.latency, {SimulatedEvent::Kind::message_leaves, number});
  done_(message.from, at, {});
}

void Mail::leave(int number, Picoseconds now) {
  const Message& message = messages_[number];
  network_.find(message.from, message.to, message.bytes(), route_);
  const int flow = flows_.begin(route_.way, route_.limit, message.bytes(), now);
  message_of_flow_.resize(std::max<std::size_t>(message_of_flow_.size(), flow + 1));
  message_of_flow_[flow] = number;
  ++sent_;
  bytes_ += message.bytes();
}

void Mail::settle(Picoseconds now) {
  for (const Flows::Ending& ending : flows_.settle(now))
    events_.add(ending.at, {SimulatedEvent::Kind::flow_ends, ending.flow, ending.version});
}

void Mail::end_flow(int flow, std::uint64_t version, Picoseconds now) {
  if (!flows_.holds(flow, version)) return;  // its end has moved
  flows_.end(flow);
  const int number = message_of_flow_[flow];
  Message& message = messages_[number];
  message.arrived = true;
  if (!message.eager) done_(message.from, now, {});
  if (message.asked) deliver(number, std::max(now, *message.asked));
}

void Mail::deliver(int number, Picoseconds at) {
  Message& message = messages_[number];
  if (payload_ == Payload::moved)
    std::memcpy(message.target.data, message.eager ? message.kept.data() : message.source.data,
                message.target.bytes());
  const int to = message.to;
  const Block arrived = message.target;
  message = {};
  free_.push_back(number);
  done_(to, at, arrived);
}

std::optional<Transfer> Mail::unmatched(int rank) const {
  for (const auto& [pair, waiting] : unmatched_) {
    const Message& message = messages_[waiting.front()];
    if (message.asked && pair.to == rank) return receive_from(pair.from, message.target);
    if (message.sent && pair.from == rank && !message.eager)
      return send_to(pair.to, message.source);
  }
  return std::nullopt;
}

}  // namespace tutti
