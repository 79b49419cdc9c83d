#include "collectives/rows.h"

namespace tutti::bench {

std::span<const Collective* const> collectives() {
  static constexpr const Collective* rows[] = {
      &all_reduce, &broadcast, &all_gather, &reduce_scatter, &barrier,
  };
  return rows;
}

}  // namespace tutti::bench
