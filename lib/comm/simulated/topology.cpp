#include "tutti/comm/topology.h"

#include <cmath>
#include <cstdint>

#include "tutti/base/error.h"

namespace tutti {
namespace {

void require(bool good, const std::string& where, std::string_view field, double found,
             std::string_view expected) {
  if (!good) raise("topology: found ", found, " for ", where, field, ", expected ", expected);
}

void require_level(const Topology::Level& level, bool top) {
  const std::string where = "level \"" + level.name + "\", ";
  require(level.members >= (top ? 0 : 1), where, "members", level.members,
          top ? "0 (all) or more" : "1 or more");
  require(level.latency >= 0 && std::isfinite(level.latency), where, "latency", level.latency,
          "seconds");
  require(level.bandwidth > 0, where, "bandwidth", level.bandwidth, "bytes per second");
  require(level.capacity > 0, where, "capacity", level.capacity, "bytes per second");
}

}  // namespace

void Topology::require_fit(int ranks) const {
  require(overhead >= 0 && std::isfinite(overhead), "", "overhead", overhead, "seconds");
  require(reduction > 0, "", "reduction", reduction, "bytes per second");
  if (ranks < 1) raise("topology: found ", ranks, " ranks, expected 1 or more");
  if (levels.empty()) raise("topology: found no levels, expected the nodes at least");
  std::int64_t room = 1;
  for (const Level& level : levels) {
    const bool top = &level == &levels.back();
    require_level(level, top);
    if (level.members == 0) return;
    room = std::min<std::int64_t>(room * level.members, std::int64_t{1} << 31);
  }
  if (room < ranks)
    raise("topology: found ", ranks, " ranks, expected at most the ", room,
          " for which its levels have members; leave out the top level's members for as many as "
          "it takes");
}

}  // namespace tutti
