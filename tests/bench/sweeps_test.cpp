// Which sweep's figures count.
#include "sweeps.h"

#include "support/catch.h"

using namespace tutti;
using namespace tutti::bench;

namespace {

Row row_of(double seconds, std::optional<double> peer_seconds = {}) {
  Row row{};
  row.timing = Timing{seconds, 2 * seconds};
  if (peer_seconds) row.peer = PeerTiming{"mpi", Timing{*peer_seconds, *peer_seconds}};
  return row;
}

Row median_of(const std::vector<Row>& rows) {
  std::vector<std::vector<Row>> sweeps;
  for (const Row& row : rows) sweeps.push_back({row});
  return median_rows(sweeps).at(0);
}

}  // namespace

TEST_CASE("without a peer the median time counts, of two the slower", "[bench]") {
  const Row median = median_of({row_of(5), row_of(1), row_of(3)});
  CHECK(median.timing->median == 3);
  CHECK(median.timing->p99 == 6);
  CHECK(median_of({row_of(1), row_of(2)}).timing->median == 2);
  CHECK(median_of({row_of(7)}).timing->median == 7);
}

TEST_CASE("with a peer the median ratio counts, and both times are of its sweep", "[bench]") {
  // By time alone it would be the second sweep, whose ratio is 1.
  const Row median = median_of({row_of(1, 4), row_of(2, 2), row_of(3, 9)});
  CHECK(median.timing->median == 3);
  CHECK(*median.ratio() == 3);
}

TEST_CASE("of several algorithms the chosen one's median ratio to the fastest counts", "[bench]") {
  const auto both = [](double other, double chosen) {
    std::vector<Row> rows{row_of(other), row_of(chosen)};
    rows[0].chosen = false;
    rows[1].chosen = true;
    return rows;
  };
  // By time it would be the third sweep; all algorithms are of the same one.
  const std::vector<Row> rows = median_rows({both(15, 30), both(1, 10), both(18, 20)});
  CHECK(rows.at(0).timing->median == 15);
  CHECK(rows.at(1).timing->median == 30);
  // Where the chosen one is the fastest in most sweeps, by time among these.
  CHECK(median_rows({both(9, 3), both(9, 1), both(1, 2), both(9, 4), both(9, 5)})
            .at(1)
            .timing->median == 4);
}

TEST_CASE("a wrong result in any sweep is not hidden by right ones", "[bench]") {
  Row wrong = row_of(1, 1), peer_wrong = row_of(1, 1);
  wrong.wrong = 7;
  wrong.timing.reset();
  peer_wrong.peer->timing.reset();
  const Row right = row_of(1, 4);
  const Row ours = median_of({right, wrong, right, wrong, right});
  CHECK(ours.wrong == 14);
  CHECK_FALSE(ours.timing);
  CHECK(ours.peer->timing);
  const Row theirs = median_of({row_of(3, 9), row_of(5, 5), peer_wrong});
  CHECK(theirs.wrong == 0);
  REQUIRE(theirs.timing);
  CHECK(theirs.timing->median == 5);  // a wrong one is the slowest
  CHECK_FALSE(is_right(theirs));
  const Row both = median_of({peer_wrong, right, wrong});
  CHECK(both.wrong == 7);
  CHECK_FALSE(both.timing);
  CHECK_FALSE(both.peer->timing);
}

TEST_CASE("each size and each place has its own median sweep", "[bench]") {
  const auto sweep = [](double first, double second, double third) {
    return std::vector<Places>{{{row_of(first)}, {row_of(second)}}, {{row_of(third)}}};
  };
  const std::vector<std::vector<Places>> sweeps{sweep(1, 30, 100), sweep(2, 10, 300),
                                                sweep(3, 20, 200)};
  const std::vector<Places> cases = median_cases(sweeps);
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].at(0).at(0).timing->median == 2);
  CHECK(cases[0].at(1).at(0).timing->median == 20);
  CHECK(cases[1].at(0).at(0).timing->median == 200);
}

TEST_CASE("sweeps over other cases are an error", "[bench]") {
  Row other = row_of(1);
  other.what.count = 5;
  CHECK_THROWS_WITH(median_of({row_of(1), other}), Catch::Matchers::Contains("in one sweep"));
  CHECK_THROWS_WITH(median_rows({{row_of(1)}, {row_of(1), row_of(2)}}),
                    Catch::Matchers::Contains("found 2 rows in one sweep and 1 in another"));
}
