#include "collectives/rows.h"

namespace tutti::bench {

std::span<const Collective* const> collectives() {
  static constexpr const Collective* rows[] = {
      &all_reduce, &reduce,  &broadcast,  &reduce_scatter, &all_gather,
      &gather,     &scatter, &all_to_all, &barrier,
  };
  return rows;
}

}  // namespace tutti::bench
