#include "comm/node/share_mapping.h"

#include <vector>

namespace tutti {
namespace {

template <class T>
Block bytes_of(T& value) {
  return block_of(reinterpret_cast<std::uint8_t*>(&value), sizeof value);
}

// Whether all members say yes, as their first one counts.
bool vote(Transport& transport, std::span<const int> members, bool yes) {
  std::uint8_t mine = yes, verdict = yes;
  std::vector<Transfer> transfers;
  if (transport.rank() != members[0]) {
    transfers.push_back(send_to(members[0], block_of(&mine, 1)));
    transport.exchange(transfers, CpuStream{});
    transfers = {receive_from(members[0], block_of(&verdict, 1))};
    transport.exchange(transfers, CpuStream{});
    return verdict;
  }
  std::vector<std::uint8_t> votes(members.size(), mine);
  for (std::size_t m = 1; m < members.size(); ++m)
    transfers.push_back(receive_from(members[m], block_of(&votes[m], 1)));
  transport.exchange(transfers, CpuStream{});
  for (std::uint8_t one : votes) verdict = verdict && one;
  transfers.clear();
  for (std::size_t m = 1; m < members.size(); ++m)
    transfers.push_back(send_to(members[m], block_of(&verdict, 1)));
  transport.exchange(transfers, CpuStream{});
  return verdict;
}

std::shared_ptr<Mapping> try_to_share(Transport& transport, std::span<const int> members,
                                      std::size_t bytes, Mapping::Kind kind) {
  const bool leads = transport.rank() == members[0];
  std::shared_ptr<Mapping> mapping = leads ? Mapping::create(kind, bytes) : nullptr;
  MappingTicket ticket = mapping ? mapping->ticket(mapping) : MappingTicket{};
  std::vector<Transfer> transfers;
  if (leads)
    for (std::size_t m = 1; m < members.size(); ++m)
      transfers.push_back(send_to(members[m], bytes_of(ticket)));
  else
    transfers.push_back(receive_from(members[0], bytes_of(ticket)));
  transport.exchange(transfers, CpuStream{});
  if (!leads) mapping = Mapping::open(ticket);
  const bool shared = vote(transport, members, mapping != nullptr);
  if (mapping && leads) mapping->close();
  return shared ? mapping : nullptr;
}

}  // namespace

std::shared_ptr<Mapping> share_mapping(Transport& transport, std::span<const int> members,
                                       std::size_t bytes) {
  for (auto kind : {Mapping::Kind::memfd, Mapping::Kind::posix})
    if (auto mapping = try_to_share(transport, members, bytes, kind)) return mapping;
  return nullptr;
}

bool all_agree(Transport& transport, bool yes) {
  const int rank = transport.rank(), ranks = transport.size();
  std::uint8_t mine = yes;
  for (int distance = 1; distance < ranks; distance *= 2) {
    std::uint8_t theirs = 1;
    const Transfer transfers[] = {
        send_to((rank + distance) % ranks, block_of(&mine, 1)),
        receive_from((rank - distance + ranks) % ranks, block_of(&theirs, 1))};
    transport.exchange(transfers, CpuStream{});
    mine = mine && theirs;
  }
  return mine;
}

}  // namespace tutti
