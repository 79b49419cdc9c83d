// A described machine: how ranks are grouped, and what links and processors take.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tutti {

/// A tree. Ranks, in their order, are the members of nodes, nodes those of the next level (a
/// switch, say), and so on; one unit at the top holds all. Times are seconds, sizes bytes, speeds
/// bytes per second.
struct Topology {
  static constexpr double unlimited = std::numeric_limits<double>::infinity();

  /// What joins some members of the level below (ranks, at the first level).
  struct Level {
    std::string name;
    int members = 0;               ///< how many; 0, at the top only: all there are
    double latency = 0;            ///< of a message between ranks that meet here
    double bandwidth = unlimited;  ///< of the link that joins each member, in each direction
    bool shared = false;           ///< the two directions share it
    double capacity = unlimited;   ///< of all messages together that cross one unit
  };

  std::vector<Level> levels;    ///< from the nodes upwards
  double overhead = 0;          ///< for which a rank is busy with each message it sends or receives
  std::size_t eager_bytes = 0;  ///< up to which a message leaves before its receiver asks for it
  double reduction = unlimited;  ///< how fast a rank combines what it has received

  /// Reads an object with the fields of above by their names and "levels", an array of such
  /// objects. All but "levels" may be left out, also "name" and "description", for people. In place
  /// of its "bandwidth" a level above the first may have "tapering": each link then has the
  /// bandwidth of its member's own links together, divided by it. Throws Error naming `source` and
  /// the field.
  static Topology from_json(std::string_view json, std::string_view source = "topology");
  /// The same from a file. Throws Error also where it cannot be read.
  static Topology from_file(const std::string& path);

  /// Throws Error unless all figures make sense and `ranks` ranks have their place.
  void require_fit(int ranks) const;
};

}  // namespace tutti
