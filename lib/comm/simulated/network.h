// The links of a topology, numbered, and which of them a message crosses.
#pragma once

#include <span>
#include <vector>

#include "comm/simulated/clock.h"
#include "tutti/comm/topology.h"
#include "tutti/comm/transport.h"

namespace tutti {

class Network {
 public:
  Network(const Topology& topology, int ranks);

  /// Bytes per picosecond of every link. Unlimited ones have no number.
  const std::vector<double>& links() const { return links_; }
  /// Of every rank: the first level is the nodes.
  std::vector<Position> positions() const;

  struct Route {
    Picoseconds latency = 0;
    std::vector<int> links;
  };
  /// From one rank to another; nothing from a rank to itself.
  void find(int from, int to, Route& route) const;

 private:
  static constexpr int none = -1;
  struct Level {
    Picoseconds latency;
    int members;            ///< of a unit
    std::vector<int> up;    ///< link of each member
    std::vector<int> down;  ///< the same link where directions share
    std::vector<int> unit;  ///< capacity of each unit
  };
  int add(double bytes_per_second);

  int ranks_;
  std::vector<double> links_;
  std::vector<Level> levels_;
};

}  // namespace tutti
