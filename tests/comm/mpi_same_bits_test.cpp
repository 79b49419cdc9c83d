#include <iostream>

#include "same_bits.h"
#include "support/catch.h"
#include "support/world.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("every canonical algorithm gives the same bits between processes", "[comm]") {
  // per_node 0: nodes differ, so that no row for nodes fits.
  const int ranks = world().size(), per_node = world().layout().per_node;
  const auto expected =
      canonical_rows(ranks, per_node > 0 ? per_node : 1, world().layout().cross_memory);
  check_same_bits(world(), 20, [&](auto names, const std::string& digest) {
    REQUIRE(std::set(names.begin(), names.end()) == expected);
    if (world().rank() != 0) return;
    std::cout << world().size() << " ranks, 20 runs of";
    for (auto name : names) std::cout << " " << name;
    std::cout << ": " << digest << std::endl;
  });
}
