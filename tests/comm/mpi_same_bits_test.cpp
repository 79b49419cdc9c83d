#include <iostream>

#include "same_bits.h"
#include "support/catch.h"
#include "support/world.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("every canonical algorithm gives the same bits between processes", "[comm]") {
  check_same_bits(world(), 20, [](auto names, const std::string& digest) {
    REQUIRE(names.size() >= 3);
    if (world().rank() != 0) return;
    std::cout << world().size() << " ranks, 20 runs of";
    for (auto name : names) std::cout << " " << name;
    std::cout << ": " << digest << std::endl;
  });
}
