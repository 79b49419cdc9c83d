// Messages as fluids that share links max-min fairly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "comm/simulated/clock.h"

namespace tutti {

/// Every flow gets as much of its links as it can without taking from one that has less:
/// progressive filling, Bertsekas, Gallager: "Data Networks", 2nd edition, 1992, section 6.5.2.
/// Only flows that share links with one that began or ended, directly or through others, are looked
/// at again.
class Flows {
 public:
  /// Bytes per picosecond of each link.
  explicit Flows(std::vector<double> links);

  /// Returns the flow's number, which is free again after end(). No link twice.
  int begin(const std::vector<int>& links, std::size_t bytes, Picoseconds now);
  void end(int flow);

  /// When a flow will end, unless it is told anew.
  struct Ending {
    int flow;
    std::uint64_t version;
    Picoseconds at;
  };
  /// Shares out the links anew after begins and ends; returns the endings that have changed.
  const std::vector<Ending>& settle(Picoseconds now);
  /// Whether an ending with this version is the flow's latest.
  bool holds(int flow, std::uint64_t version) const { return flows_[flow].version == version; }

 private:
  struct Flow {
    std::vector<int> links;
    double bytes = 0;  ///< left at `since`
    double rate = 0;
    double share = 0;  ///< the rate to be
    Picoseconds since = 0;
    std::uint64_t version = 0;
    bool seen = false;
  };
  struct Link {
    double capacity;
    double left = 0;
    int open = 0;  ///< flows whose share is not known
    bool seen = false;
    std::vector<int> flows;
  };
  void see(int link);
  void find_part(int link);
  void share_out();
  void update(int flow, Picoseconds now);

  std::vector<Flow> flows_;
  std::vector<int> free_;
  std::vector<Link> links_;
  std::vector<int> changed_;  ///< links where a flow began or ended
  std::vector<int> loose_;    ///< flows that have begun and cross no link
  // What is being shared out.
  std::vector<int> part_flows_;
  std::vector<int> part_links_;
  std::vector<Ending> endings_;
  std::uint64_t versions_ = 0;
};

}  // namespace tutti
