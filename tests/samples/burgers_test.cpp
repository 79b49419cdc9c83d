// The finite differences that pinn is compared with.
#include "../../samples/burgers.h"

#include <cmath>

#include "support/catch.h"

using samples::Burgers;

TEST_CASE("twice as many cells change the solution by what second order leaves") {
  const Burgers coarse(500, 10), middle(1000, 10), fine(2000, 10);
  double first = 0, second = 0;
  for (int time = 0; time <= 10; ++time)
    for (int cell = 0; cell <= 500; ++cell) {
      for (double u : {coarse.at(cell, time), middle.at(2 * cell, time), fine.at(4 * cell, time)})
        REQUIRE(std::isfinite(u));
      first = std::max(first, std::abs(coarse.at(cell, time) - middle.at(2 * cell, time)));
      second = std::max(second, std::abs(middle.at(2 * cell, time) - fine.at(4 * cell, time)));
    }
  CHECK(second < 0.03);
  CHECK(second < first / 3);
}

TEST_CASE("the solution is odd, and falls from its first values as the equation has it") {
  const Burgers u(1000, 10);
  for (int time = 0; time <= 10; ++time)
    for (int cell = 0; cell <= 1000; cell += 50)
      CHECK(u.at(cell, time) == Approx(-u.at(1000 - cell, time)).margin(1e-10));
  // The slope of the front at t = 0.5 is about -152 (Basdevant et al., Computers & Fluids 14,
  // 1986).
  const double slope =
      (Burgers(4000, 2).at(2001, 1) - Burgers(4000, 2).at(1999, 1)) / (2 * 2.0 / 4000);
  CHECK(slope < -100);
  CHECK(slope > -200);
}
