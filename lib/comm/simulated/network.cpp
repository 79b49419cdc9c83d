#include "comm/simulated/network.h"

#include <algorithm>

namespace tutti {

int Network::add(double bytes_per_second) {
  if (bytes_per_second == Topology::unlimited) return none;
  links_.push_back(bytes_per_second * 1e-12);
  return static_cast<int>(links_.size()) - 1;
}

Network::Network(const Topology& topology, int ranks) : ranks_(ranks) {
  topology.require_fit(ranks);
  int members = ranks;  // of the whole level
  for (const Topology::Level& from : topology.levels) {
    Level& level = levels_.emplace_back();
    level.latency = picoseconds(from.latency);
    level.members = from.members > 0 ? from.members : std::max(members, 1);
    for (int k = 0; k < members; ++k) {
      level.up.push_back(add(from.bandwidth));
      level.down.push_back(from.shared ? level.up.back() : add(from.bandwidth));
    }
    members = (members + level.members - 1) / level.members;
    for (int k = 0; k < members; ++k) level.unit.push_back(add(from.capacity));
  }
}

std::vector<Position> Network::positions() const {
  const int per_node = levels_[0].members;
  std::vector<Position> positions;
  for (int rank = 0; rank < ranks_; ++rank) {
    const int node = rank / per_node, first = node * per_node;
    positions.push_back({node, rank - first, std::min(per_node, ranks_ - first)});
  }
  return positions;
}

void Network::find(int from, int to, Route& route) const {
  route.links.clear();
  route.latency = 0;
  auto cross = [&](int link) {
    if (link != none) route.links.push_back(link);
  };
  for (auto level = levels_.begin(); from != to; ++level) {
    cross(level->up[static_cast<std::size_t>(from)]);
    cross(level->down[static_cast<std::size_t>(to)]);
    from /= level->members;
    to /= level->members;
    cross(level->unit[static_cast<std::size_t>(from)]);
    if (from != to) cross(level->unit[static_cast<std::size_t>(to)]);
    route.latency = level->latency;
  }
}

}  // namespace tutti
