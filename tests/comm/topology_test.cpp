#include "tutti/comm/topology.h"

#include "support/catch.h"
#include "tutti/base/error.h"

using namespace tutti;
using Catch::Matchers::Contains;

TEST_CASE("a topology is read from JSON", "[comm]") {
  const Topology read = Topology::from_json(R"({
    "name": "two levels", "call": 2e-7, "combining": [[8, 1e-8]], "overhead": 1e-7, "eager_bytes": 4096, "reduction": 8e9,
    "levels": [
      {"name": "node", "members": 4, "latency": 1e-6, "bandwidth": 1e10, "shared": true},
      {"name": "switch", "members": 16, "latency": 2e-6, "bandwidth": 2e10, "capacity": 1e12},
      {"name": "core", "latency": 3e-6, "tapering": 2, "pace": [[8, 1, 2], [9, 3, 4]]}]})");
  REQUIRE(read.levels.size() == 3);
  CHECK(read.overhead == 1e-7);
  CHECK(read.eager_bytes == 4096);
  CHECK(read.call == 2e-7);
  REQUIRE(read.combining.size() == 1);
  CHECK(read.combining[0].seconds == 1e-8);
  REQUIRE(read.levels[2].pace.size() == 2);
  CHECK(read.levels[2].pace[1].crossed == 4);
  CHECK(read.reduction == 8e9);
  CHECK(read.levels[0].members == 4);
  CHECK(read.levels[0].shared);
  CHECK(read.levels[0].capacity == Topology::unlimited);
  CHECK(read.levels[1].capacity == 1e12);
  CHECK(read.levels[2].latency == 3e-6);
  CHECK(read.levels[2].bandwidth == 16 * 2e10 / 2);
  CHECK_NOTHROW(read.require_fit(1 << 20));
}

TEST_CASE("what is wrong in a topology is named", "[comm]") {
  CHECK_THROWS_WITH(Topology::from_json("{", "a.json"), Contains("a.json: found no JSON"));
  CHECK_THROWS_WITH(Topology::from_json("[]"), Contains("expected an object"));
  CHECK_THROWS_WITH(Topology::from_json("{}"), Contains("\"levels\""));
  CHECK_THROWS_WITH(Topology::from_json(R"({"levels": [{"latncy": 1}]})"),
                    Contains("\"latncy\"") && Contains("latency"));
  CHECK_THROWS_WITH(Topology::from_json(R"({"levels": [{"latency": "1us"}]})"),
                    Contains("\"1us\""));
  CHECK_THROWS_WITH(Topology::from_json(R"({"levels": [{"tapering": 2}]})"), Contains("tapering"));
  CHECK_THROWS_WITH(Topology::from_json(R"({"levels": [{"bandwidth": 0}]})"),
                    Contains("bandwidth"));
  CHECK_THROWS_WITH(Topology::from_json(R"({"levels": [{"members": 4}]})").require_fit(5),
                    Contains("5 ranks, expected at most the 4"));
  for (const char* bad : {"2.5", "-1", "4294967296", "\"4\""}) {
    const std::string json = text(R"({"levels": [{"members": )", bad, "}]}");
    CHECK_THROWS_WITH(Topology::from_json(json), Contains(text("found ", bad)) &&
                                                     Contains("\"members\"") &&
                                                     Contains("whole number"));
  }
  CHECK_THROWS_WITH(Topology::from_json(R"({"eager_bytes": -1, "levels": [{}]})"),
                    Contains("found -1 for \"eager_bytes\""));
  CHECK_THROWS_WITH(Topology::from_file("/no/such.json"), Contains("/no/such.json"));
}
