// Costs of all-reduces, between what was measured and from it.
#include "tutti/comm/cost_model.h"

#include "comm/fit_costs.h"
#include "support/catch.h"

using namespace tutti;

TEST_CASE("more bytes never seem to take less time", "[comm]") {
  CostCurve curve;
  curve.per_step = 5e-5;
  curve.moving = {0, 0, 1e-4, 1e-4, 4e-3, 4e-2};  // a network that lets short bursts pass
  double last = 0;
  for (double size = 1; size < 1e9; size *= 1.1) {
    const double seconds = curve.seconds(1, static_cast<std::size_t>(size));
    CHECK(seconds >= last);
    last = seconds;
  }
  CHECK(curve.seconds(3, 64) == Approx(1.5e-4));
  CHECK(curve.seconds(1, 4608) == Approx(1e-4));  // half way from 1 to 8 KiB
  CHECK(curve.seconds(2, 512 << 10) == Approx(4.1e-3));
  CHECK(curve.seconds(0, 16 << 20) == Approx(0.16));
}

TEST_CASE("costs are fitted to times of which short blocks' were disturbed", "[comm]") {
  // Two steps of 50 us; 1 KiB and 8 KiB were held up. Bytes are not quite those of the classes.
  std::array<TimedCall, cost_classes.size()> calls;
  const double seconds[] = {1e-4, 3e-4, 9e-4, 2e-4, 4.1e-3, 3.21e-2};
  for (std::size_t k = 0; k < calls.size(); ++k) calls[k] = {2, cost_classes[k] * 2, seconds[k]};
  CostCurve curve;
  fit(curve, calls);
  CHECK(curve.measured);
  CHECK(curve.per_step == Approx(5e-5));
  const double expected[] = {0, 5e-5, 5e-5, 5e-5, 2e-3, 1.6e-2};
  for (std::size_t k = 0; k < calls.size(); ++k) {
    INFO(k);
    CHECK(curve.moving[k] == Approx(expected[k]).margin(1e-12));
  }
}

TEST_CASE("costs that were not measured are at least those of what was", "[comm]") {
  CostCurve curve;
  curve.moving = {1, 2, 3, 4, 5, 600};
  const CostCurve before = curve;
  std::array<TimedCall, cost_classes.size()> calls;
  fit(curve, calls);
  CHECK(!curve.measured);
  CHECK(curve.moving == before.moving);

  calls[0] = {1, 64, 1.0};
  calls[1] = {1, 1 << 10, 9.0};
  fit(curve, calls);
  CHECK(curve.measured);
  CHECK(curve.moving[1] == Approx(8));
  CHECK(curve.moving[2] == Approx(64));
  CHECK(curve.moving[3] == Approx(512));
  CHECK(curve.moving[4] == Approx(4096));
  CHECK(curve.moving[5] == Approx(32768));

  // More steps than time: what moves takes none, and never less than before.
  curve.moving = {};
  for (std::size_t k = 0; k < calls.size(); ++k) calls[k] = {k < 3 ? 1 : 100, cost_classes[k], 2.0};
  fit(curve, calls);
  for (const double moving : curve.moving) CHECK(moving == 0);
}
